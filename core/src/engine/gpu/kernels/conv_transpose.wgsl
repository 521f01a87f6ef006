// Transposed convolution of packed values, gathered: every output looks for the inputs that reach it.
// Weights are laid out as for `conv.wgsl`.

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
                let m = matrix(w);
                sum += vec4<f32>(m * input[at]);
                w += taps;
                at += p.size.x * p.size.y;
            }
        }
    }
    store(i, sum);
}
