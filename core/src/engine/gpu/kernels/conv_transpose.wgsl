// Transposed convolution of packed values, gathered: every output looks for the inputs that reach it.
// Weights are laid out as for `conv.wgsl`.

override KERNEL_X: u32 = 2u;
override KERNEL_Y: u32 = 2u;
override STRIDE_X: u32 = 1u;
override STRIDE_Y: u32 = 1u;
override DILATION_X: u32 = 1u;
override DILATION_Y: u32 = 1u;
override OTHER: bool = false;

struct Params {
    epilogue: Epilogue,
    // input width, input height, output width, output height
    size: vec4<u32>,
    // input blocks, output blocks, unused, invocations in all
    blocks: vec4<u32>,
    // pad left, pad top, invocations per row of workgroups
    pads: vec4<u32>,
    // input, weights, other, output
    at: vec4<u32>,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> output: array<vec4<real>>;
@group(0) @binding(2) var<storage, read> input: array<vec4<real>>;
@group(0) @binding(3) var<storage, read> weights: array<vec4<real>>;
@group(0) @binding(4) var<storage, read> other: array<vec4<real>>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * p.pads.z + id.x;
    if (i >= p.blocks.w) {
        return;
    }
    let x = i32(i % p.size.z + p.pads.x);
    let y = i32((i / p.size.z) % p.size.w + p.pads.y);
    let block = i / (p.size.z * p.size.w);
    let batch = block / p.blocks.y;
    let taps = 4u * KERNEL_X * KERNEL_Y;
    let base = p.at.y + (block % p.blocks.y) * (1u + p.blocks.x * taps);
    var sum = vec4<f32>(weights[base]);
    for (var ky = 0u; ky < KERNEL_Y; ky++) {
        let down = y - i32(ky * DILATION_Y);
        let row = down / i32(STRIDE_Y);
        if (down < 0 || row * i32(STRIDE_Y) != down || row >= i32(p.size.y)) {
            continue;
        }
        for (var kx = 0u; kx < KERNEL_X; kx++) {
            let right = x - i32(kx * DILATION_X);
            let column = right / i32(STRIDE_X);
            if (right < 0 || column * i32(STRIDE_X) != right || column >= i32(p.size.x)) {
                continue;
            }
            var w = base + 1u + 4u * (ky * KERNEL_X + kx);
            var at = p.at.x + batch * p.blocks.x * p.size.x * p.size.y + u32(row) * p.size.x + u32(column);
            for (var b = 0u; b < p.blocks.x; b++) {
                let m = mat4x4<real>(weights[w], weights[w + 1u], weights[w + 2u], weights[w + 3u]);
                sum += vec4<f32>(m * input[at]);
                w += taps;
                at += p.size.x * p.size.y;
            }
        }
    }
    if (OTHER) {
        sum += vec4<f32>(other[p.at.z + i]);
    }
    output[p.at.w + i] = vec4<real>(finish(sum, p.epilogue));
}
