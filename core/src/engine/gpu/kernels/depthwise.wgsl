// Convolution of every channel by itself. Weights per block: the bias, then one vec4 per row and column of the kernel.

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
    store(i, sum);
}
