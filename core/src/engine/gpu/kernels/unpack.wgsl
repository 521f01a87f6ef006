// Packed to plain [N, C, H, W]; one invocation per number.

struct Params {
    epilogue: Epilogue,
    // pixels per plane, channels, blocks, invocations in all
    size: vec4<u32>,
    // input, output, invocations per row of workgroups
    at: vec4<u32>,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read> input: array<vec4<real>>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * p.at.z + id.x;
    if (i >= p.size.w) {
        return;
    }
    let pixel = i % p.size.x;
    let c = (i / p.size.x) % p.size.y;
    let batch = i / (p.size.x * p.size.y);
    let block = input[p.at.x + (batch * p.size.z + c / 4u) * p.size.x + pixel];
    output[p.at.y + i] = finish_one(f32(block[c % 4u]), p.epilogue);
}
