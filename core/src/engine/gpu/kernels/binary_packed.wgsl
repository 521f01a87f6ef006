// Sum, difference, product or quotient of two packed values, the second of the same size or one pixel per channel.

// 0: a + b, 1: a - b, 2: a * b, 3: a / b
override OPERATION: u32 = 0u;
override SWAPPED: bool = false;

struct Params {
    epilogue: Epilogue,
    // pixels per plane, blocks of b, pixels per plane of b (1 or as a), invocations in all
    size: vec4<u32>,
    // a, b, output, invocations per row of workgroups
    at: vec4<u32>,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> output: array<vec4<real>>;
@group(0) @binding(2) var<storage, read> input: array<vec4<real>>;
@group(0) @binding(3) var<storage, read> other: array<vec4<real>>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * p.at.w + id.x;
    if (i >= p.size.w) {
        return;
    }
    let plane = (i / p.size.x) % p.size.y;
    let pixel = select(i % p.size.x, 0u, p.size.z == 1u);
    let first = vec4<f32>(input[p.at.x + i]);
    let second = vec4<f32>(other[p.at.y + plane * p.size.z + pixel]);
    let a = select(first, second, SWAPPED);
    let b = select(second, first, SWAPPED);
    var value: vec4<f32>;
    switch OPERATION {
        case 0u: { value = a + b; }
        case 1u: { value = a - b; }
        case 2u: { value = a * b; }
        default: { value = a / b; }
    }
    output[p.at.z + i] = vec4<real>(finish(value, p.epilogue));
}
