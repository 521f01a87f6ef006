// Matrix product of plain values with any strides, batched over up to two axes: alpha * a x b + beta * c.
// LANES invocations share the sum of one output: 64 (a whole workgroup) for long sums, 1 for short ones.

override LANES: u32 = 1u;
override OTHER: bool = false;

struct Params {
    epilogue: Epilogue,
    // rows, columns, length of the sum, outputs in all
    size: vec4<u32>,
    // a: row, sum, inner batch, outer batch
    a: vec4<u32>,
    // b: sum, column, inner batch, outer batch
    b: vec4<u32>,
    // c: row, column; inner batches; workgroups per row
    c: vec4<u32>,
    // a, b, c, output
    at: vec4<u32>,
    // alpha, beta
    factors: vec4<f32>,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read> input: array<f32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read> other: array<f32>;

var<workgroup> parts: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let i = (group.y * p.c.w + group.x) * (64u / LANES) + lane / LANES;
    let column = i % p.size.y;
    let row = (i / p.size.y) % p.size.x;
    let batch = i / (p.size.x * p.size.y);
    let inner = batch % p.c.z;
    let outer = batch / p.c.z;
    var sum = 0.0;
    if (i < p.size.w) {
        let a = p.at.x + row * p.a.x + inner * p.a.z + outer * p.a.w;
        let b = p.at.y + column * p.b.y + inner * p.b.z + outer * p.b.w;
        for (var k = lane % LANES; k < p.size.z; k += LANES) {
            sum += input[a + k * p.a.y] * weights[b + k * p.b.x];
        }
    }
    parts[lane] = sum;
    workgroupBarrier();
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        if (lane % LANES < half) {
            parts[lane] += parts[lane + half];
        }
        workgroupBarrier();
    }
    if (i < p.size.w && lane % LANES == 0u) {
        var value = p.factors.x * parts[lane];
        if (OTHER) {
            value += p.factors.y * other[p.at.z + row * p.c.x + column * p.c.y];
        }
        output[p.at.w + i] = finish_one(value, p.epilogue);
    }
}
