// Softmax of plain values along one axis. One invocation per line.

struct Params {
    epilogue: Epilogue,
    // length of the axis, numbers behind the axis, invocations per row of workgroups, lines
    size: vec4<u32>,
    // input, output
    at: vec4<u32>,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read> input: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * p.size.z + id.x;
    if (i >= p.size.w) {
        return;
    }
    let step = p.size.y;
    let start = i / step * step * p.size.x + i % step;
    var largest = -3.4e38;
    for (var k = 0u; k < p.size.x; k++) {
        largest = max(largest, input[p.at.x + start + k * step]);
    }
    var sum = 0.0;
    for (var k = 0u; k < p.size.x; k++) {
        sum += exp(input[p.at.x + start + k * step] - largest);
    }
    for (var k = 0u; k < p.size.x; k++) {
        let at = start + k * step;
        output[p.at.y + at] = finish_one(exp(input[p.at.x + at] - largest) / sum, p.epilogue);
    }
}
