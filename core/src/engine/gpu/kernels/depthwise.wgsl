// Convolution of every channel by itself. Weights per block: the bias, then one vec4 per row and column of the kernel.

override KERNEL_X: u32 = 3u;
override KERNEL_Y: u32 = 3u;
override STRIDE_X: u32 = 1u;
override STRIDE_Y: u32 = 1u;
override DILATION_X: u32 = 1u;
override DILATION_Y: u32 = 1u;
override OTHER: bool = false;

struct Params {
    epilogue: Epilogue,
    // input width, input height, output width, output height
    size: vec4<u32>,
    // blocks, unused, unused, invocations in all
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
    let x = i % p.size.z;
    let y = (i / p.size.z) % p.size.w;
    let block = i / (p.size.z * p.size.w);
    let plane = p.at.x + block * p.size.x * p.size.y;
    var weight = p.at.y + (block % p.blocks.x) * (1u + KERNEL_X * KERNEL_Y);
    var sum = vec4<f32>(weights[weight]);
    weight += 1u;
    let left = i32(x * STRIDE_X) - i32(p.pads.x);
    let top = i32(y * STRIDE_Y) - i32(p.pads.y);
    for (var ky = 0u; ky < KERNEL_Y; ky++) {
        let row = top + i32(ky * DILATION_Y);
        for (var kx = 0u; kx < KERNEL_X; kx++) {
            let column = left + i32(kx * DILATION_X);
            if (row >= 0 && row < i32(p.size.y) && column >= 0 && column < i32(p.size.x)) {
                sum += vec4<f32>(weights[weight] * input[plane + u32(row) * p.size.x + u32(column)]);
            }
            weight += 1u;
        }
    }
    if (OTHER) {
        sum += vec4<f32>(other[p.at.z + i]);
    }
    output[p.at.w + i] = vec4<real>(finish(sum, p.epilogue));
}
