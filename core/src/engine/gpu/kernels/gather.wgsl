// A plain value from another: transposed, cut, repeated, padded or as a part of a joined one; up to eight axes.
// Along each axis the source index is the output index minus `begins`; outside the source the value is `fill`, or the
// nearest or mirrored one inside.

// 0: fill, 1: nearest, 2: mirrored without the edge
override OUTSIDE: u32 = 0u;

struct Params {
    epilogue: Epilogue,
    sides: array<vec4<u32>, 2>,
    // of the source, along the axes of the output
    source_sides: array<vec4<i32>, 2>,
    source_strides: array<vec4<i32>, 2>,
    begins: array<vec4<i32>, 2>,
    strides: array<vec4<u32>, 2>,
    // input, output, invocations per row of workgroups, invocations in all
    at: vec4<u32>,
    fill: vec4<f32>,
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
    var source = i32(p.at.x);
    var target_at = p.at.y;
    var inside = true;
    for (var k = 8u; k > 0u; k--) {
        let axis = k - 1u;
        let side = p.sides[axis / 4u][axis % 4u];
        let index = rest % side;
        rest /= side;
        target_at += index * p.strides[axis / 4u][axis % 4u];
        let last = p.source_sides[axis / 4u][axis % 4u] - 1;
        var place = i32(index) - p.begins[axis / 4u][axis % 4u];
        if (OUTSIDE == 2u) {
            place = abs(place);
            place = last - abs(last - place);
        }
        inside = inside && place >= 0 && place <= last;
        source += clamp(place, 0, last) * p.source_strides[axis / 4u][axis % 4u];
    }
    var value = p.fill.x;
    if (inside || OUTSIDE == 1u) {
        value = input[source];
    }
    output[target_at] = finish_one(value, p.epilogue);
}
