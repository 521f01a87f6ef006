// The mean of plain values over any axes of up to eight. One invocation per mean.

struct Params {
    epilogue: Epilogue,
    // of the axes that stay (1 where one goes)
    sides: array<vec4<u32>, 2>,
    // of the axes that go (1 where one stays)
    gone: array<vec4<u32>, 2>,
    strides: array<vec4<u32>, 2>,
    // input, output, invocations per row of workgroups, invocations in all
    at: vec4<u32>,
    // numbers per mean
    count: vec4<u32>,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read> input: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * p.at.z + id.x;
    if (i >= p.at.w) {
        return;
    }
    var rest = i;
    var base = p.at.x;
    for (var k = 8u; k > 0u; k--) {
        let axis = k - 1u;
        let side = p.sides[axis / 4u][axis % 4u];
        base += rest % side * p.strides[axis / 4u][axis % 4u];
        rest /= side;
    }
    var sum = 0.0;
    for (var n = 0u; n < p.count.x; n++) {
        var left = n;
        var at = base;
        for (var k = 8u; k > 0u; k--) {
            let axis = k - 1u;
            let side = p.gone[axis / 4u][axis % 4u];
            at += left % side * p.strides[axis / 4u][axis % 4u];
            left /= side;
        }
        sum += input[at];
    }
    output[p.at.y + i] = finish_one(sum / f32(p.count.x), p.epilogue);
}
