// Convolution of packed values, any kernel, stride and dilation: bias, an optional sum with another value, activation.
// An invocation computes four neighbouring pixels of one block of four channels.
// Weights per output block: the bias, then per input block, row and column of the kernel four vec4, one per input channel.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * p.pads.z + id.x;
    if (i >= p.blocks.w) {
        return;
    }
    let x = 4u * (i % p.blocks.z);
    let y = (i / p.blocks.z) % p.size.w;
    // Counts through the blocks of all images of the batch.
    let block = i / (p.blocks.z * p.size.w);
    let batch = block / p.blocks.y;
    let taps = 4u * KERNEL_X * KERNEL_Y;
    var weight = p.at.y + (block % p.blocks.y) * (1u + p.blocks.x * taps);
    let bias = vec4<f32>(weights[weight]);
    weight += 1u;
    var sums = array<vec4<f32>, 4>(bias, bias, bias, bias);
    let left = i32(x * STRIDE_X) - i32(p.pads.x);
    let top = i32(y * STRIDE_Y) - i32(p.pads.y);
    let size = vec2<i32>(p.size.xy);
    for (var b = 0u; b < p.blocks.x; b++) {
        let plane = p.at.x + (batch * p.blocks.x + b) * p.size.x * p.size.y;
        for (var ky = 0u; ky < KERNEL_Y; ky++) {
            let row = top + i32(ky * DILATION_Y);
            if (row < 0 || row >= size.y) {
                continue;
            }
            let line = plane + u32(row) * p.size.x;
            for (var kx = 0u; kx < KERNEL_X; kx++) {
                let w = weight + 4u * (ky * KERNEL_X + kx);
                let m = matrix(w);
                for (var k = 0u; k < 4u; k++) {
                    let column = left + i32(k * STRIDE_X + kx * DILATION_X);
                    if (column >= 0 && column < size.x) {
                        sums[k] += vec4<f32>(m * input[line + u32(column)]);
                    }
                }
            }
        }
        weight += taps;
    }
    let line = (block * p.size.w + y) * p.size.z + x;
    for (var k = 0u; k < 4u && x + k < p.size.z; k++) {
        store(line + k, sums[k]);
    }
}
