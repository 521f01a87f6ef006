// Enlarges or reduces packed values: nearest neighbour or bilinear. The source coordinate is `mul * x + add`.

override LINEAR: bool = false;
// For nearest: 0 floor, 1 ceil, 2 round half down, 3 round half up
override ROUNDING: u32 = 0u;

struct Params {
    epilogue: Epilogue,
    // input width, input height, output width, output height
    size: vec4<u32>,
    // mul x, add x, mul y, add y
    map: vec4<f32>,
    // input, output, invocations per row of workgroups, invocations in all
    at: vec4<u32>,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> output: array<vec4<real>>;
@group(0) @binding(2) var<storage, read> input: array<vec4<real>>;

fn nearest(x: f32) -> f32 {
    switch ROUNDING {
        case 1u: { return ceil(x); }
        case 2u: { return ceil(x - 0.5); }
        case 3u: { return floor(x + 0.5); }
        default: { return floor(x); }
    }
}

fn load(plane: u32, x: f32, y: f32) -> vec4<f32> {
    let column = u32(clamp(x, 0.0, f32(p.size.x - 1u)));
    let row = u32(clamp(y, 0.0, f32(p.size.y - 1u)));
    return vec4<f32>(input[plane + row * p.size.x + column]);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * p.at.z + id.x;
    if (i >= p.at.w) {
        return;
    }
    let x = f32(i % p.size.z) * p.map.x + p.map.y;
    let y = f32((i / p.size.z) % p.size.w) * p.map.z + p.map.w;
    let plane = p.at.x + i / (p.size.z * p.size.w) * p.size.x * p.size.y;
    var value: vec4<f32>;
    if (LINEAR) {
        let x0 = floor(x);
        let y0 = floor(y);
        let above = mix(load(plane, x0, y0), load(plane, x0 + 1.0, y0), x - x0);
        let below = mix(load(plane, x0, y0 + 1.0), load(plane, x0 + 1.0, y0 + 1.0), x - x0);
        value = mix(above, below, y - y0);
    } else {
        value = load(plane, nearest(x), nearest(y));
    }
    output[p.at.y + i] = vec4<real>(finish(value, p.epilogue));
}
