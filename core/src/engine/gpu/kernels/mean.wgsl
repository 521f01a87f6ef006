// The mean of plain values over any axes of up to eight. One workgroup of 64 per mean.

struct Params {
    epilogue: Epilogue,
    // of the axes that stay (1 where one goes)
    sides: array<vec4<u32>, 2>,
    // of the axes that go (1 where one stays)
    gone: array<vec4<u32>, 2>,
    strides: array<vec4<u32>, 2>,
    // input, output, workgroups per row, means
    at: vec4<u32>,
    // numbers per mean
    count: vec4<u32>,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read> input: array<f32>;

var<workgroup> parts: array<f32, 64>;

// How far the number with index `n` along `sides` lies from the first.
fn offset(n: u32, sides: array<vec4<u32>, 2>) -> u32 {
    var all = sides;
    var steps = p.strides;
    var rest = n;
    var at = 0u;
    for (var k = 8u; k > 0u; k--) {
        let axis = k - 1u;
        let side = all[axis / 4u][axis % 4u];
        at += rest % side * steps[axis / 4u][axis % 4u];
        rest /= side;
    }
    return at;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let i = group.y * p.at.z + group.x;
    var sum = 0.0;
    if (i < p.at.w) {
        let base = p.at.x + offset(i, p.sides);
        for (var n = lane; n < p.count.x; n += 64u) {
            sum += input[base + offset(n, p.gone)];
        }
    }
    parts[lane] = sum;
    workgroupBarrier();
    for (var half = 32u; half > 0u; half /= 2u) {
        if (lane < half) {
            parts[lane] += parts[lane + half];
        }
        workgroupBarrier();
    }
    if (i < p.at.w && lane == 0u) {
        output[p.at.y + i] = finish_one(parts[0] / f32(p.count.x), p.epilogue);
    }
}
