// Sum, difference, product or quotient of two plain values with broadcasting over up to eight axes.

// 0: a + b, 1: a - b, 2: a * b, 3: a / b
override OPERATION: u32 = 0u;

struct Params {
    epilogue: Epilogue,
    sides: array<vec4<u32>, 2>,
    strides_a: array<vec4<u32>, 2>,
    strides_b: array<vec4<u32>, 2>,
    // a, b, output, invocations per row of workgroups
    at: vec4<u32>,
    // invocations in all
    count: vec4<u32>,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read> input: array<f32>;
@group(0) @binding(3) var<storage, read> other: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * p.at.w + id.x;
    if (i >= p.count.x) {
        return;
    }
    var rest = i;
    var at = p.at.xy;
    for (var k = 8u; k > 0u; k--) {
        let axis = k - 1u;
        let side = p.sides[axis / 4u][axis % 4u];
        let index = rest % side;
        rest /= side;
        at.x += index * p.strides_a[axis / 4u][axis % 4u];
        at.y += index * p.strides_b[axis / 4u][axis % 4u];
    }
    let a = input[at.x];
    let b = other[at.y];
    var value: f32;
    switch OPERATION {
        case 0u: { value = a + b; }
        case 1u: { value = a - b; }
        case 2u: { value = a * b; }
        default: { value = a / b; }
    }
    output[p.at.z + i] = finish_one(value, p.epilogue);
}
