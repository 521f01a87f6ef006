// `conv.wgsl` for a kernel of 3 x 3 without stride or dilation: a row of six inputs serves four outputs.

fn load(line: u32, column: i32) -> vec4<real> {
    if (column < 0 || column >= i32(p.size.x)) {
        return vec4<real>();
    }
    return input[line + u32(column)];
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * p.pads.z + id.x;
    if (i >= p.blocks.w) {
        return;
    }
    let x = 4u * (i % p.blocks.z);
    let y = (i / p.blocks.z) % p.size.w;
    let block = i / (p.blocks.z * p.size.w);
    let batch = block / p.blocks.y;
    var weight = p.at.y + (block % p.blocks.y) * (1u + p.blocks.x * 36u);
    let bias = vec4<f32>(weights[weight]);
    weight += 1u;
    var s0 = bias;
    var s1 = bias;
    var s2 = bias;
    var s3 = bias;
    let left = i32(x) - i32(p.pads.x);
    let top = i32(y) - i32(p.pads.y);
    for (var b = 0u; b < p.blocks.x; b++) {
        let plane = p.at.x + (batch * p.blocks.x + b) * p.size.x * p.size.y;
        for (var ky = 0u; ky < 3u; ky++) {
            let row = top + i32(ky);
            if (row >= 0 && row < i32(p.size.y)) {
                let line = plane + u32(row) * p.size.x;
                let v0 = load(line, left);
                let v1 = load(line, left + 1);
                let v2 = load(line, left + 2);
                let v3 = load(line, left + 3);
                let v4 = load(line, left + 4);
                let v5 = load(line, left + 5);
                let m0 = matrix(weight);
                let m1 = matrix(weight + 4u);
                let m2 = matrix(weight + 8u);
                s0 += vec4<f32>(m0 * v0) + vec4<f32>(m1 * v1) + vec4<f32>(m2 * v2);
                s1 += vec4<f32>(m0 * v1) + vec4<f32>(m1 * v2) + vec4<f32>(m2 * v3);
                s2 += vec4<f32>(m0 * v2) + vec4<f32>(m1 * v3) + vec4<f32>(m2 * v4);
                s3 += vec4<f32>(m0 * v3) + vec4<f32>(m1 * v4) + vec4<f32>(m2 * v5);
            }
            weight += 12u;
        }
    }
    let line = (block * p.size.w + y) * p.size.z + x;
    store(line, s0);
    if (x + 1u < p.size.z) {
        store(line + 1u, s1);
    }
    if (x + 2u < p.size.z) {
        store(line + 2u, s2);
    }
    if (x + 3u < p.size.z) {
        store(line + 3u, s3);
    }
}
