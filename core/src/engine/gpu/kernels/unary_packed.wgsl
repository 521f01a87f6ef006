// An activation by itself, or a copy, of packed values.

struct Params {
    epilogue: Epilogue,
    // input, output, invocations per row of workgroups, invocations in all: one per vec4
    at: vec4<u32>,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> output: array<vec4<real>>;
@group(0) @binding(2) var<storage, read> input: array<vec4<real>>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * p.at.z + id.x;
    if (i < p.at.w) {
        output[p.at.y + i] = vec4<real>(finish(vec4<f32>(input[p.at.x + i]), p.epilogue));
    }
}
