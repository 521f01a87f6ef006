// An activation by itself, on plain values.

struct Params {
    epilogue: Epilogue,
    // input, output, invocations per row of workgroups, invocations in all: one per number
    at: vec4<u32>,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read> input: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * p.at.z + id.x;
    if (i < p.at.w) {
        output[p.at.y + i] = finish_one(input[p.at.x + i], p.epilogue);
    }
}
