// Maximum or mean over windows of packed values.

// 0: maximum, 1: mean of the pixels inside, 2: mean with pads counted as 0
override MODE: u32 = 0u;
override KERNEL_X: u32 = 2u;
override KERNEL_Y: u32 = 2u;
override STRIDE_X: u32 = 1u;
override STRIDE_Y: u32 = 1u;

struct Params {
    epilogue: Epilogue,
    // input width, input height, output width, output height
    size: vec4<u32>,
    // pad left, pad top, invocations per row of workgroups, invocations in all
    pads: vec4<u32>,
    // input, output, pad right, pad bottom
    at: vec4<u32>,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> output: array<vec4<real>>;
@group(0) @binding(2) var<storage, read> input: array<vec4<real>>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * p.pads.z + id.x;
    if (i >= p.pads.w) {
        return;
    }
    let x = i % p.size.z;
    let y = (i / p.size.z) % p.size.w;
    let plane = p.at.x + i / (p.size.z * p.size.w) * p.size.x * p.size.y;
    let left = i32(x * STRIDE_X) - i32(p.pads.x);
    let top = i32(y * STRIDE_Y) - i32(p.pads.y);
    var sum = vec4<f32>();
    var largest = vec4<f32>(-3.4e38);
    var count = 0.0;
    for (var ky = 0u; ky < KERNEL_Y; ky++) {
        for (var kx = 0u; kx < KERNEL_X; kx++) {
            let row = top + i32(ky);
            let column = left + i32(kx);
            if (row >= 0 && row < i32(p.size.y) && column >= 0 && column < i32(p.size.x)) {
                let value = vec4<f32>(input[plane + u32(row) * p.size.x + u32(column)]);
                sum += value;
                largest = max(largest, value);
                count += 1.0;
            } else if (MODE == 2u && row < i32(p.size.y + p.at.w) && column < i32(p.size.x + p.at.z)) {
                count += 1.0;
            }
        }
    }
    let value = select(sum / max(count, 1.0), largest, MODE == 0u);
    output[p.at.y + i] = vec4<real>(finish(value, p.epilogue));
}
