// Plain [N, C, H, W] to packed: blocks of four channels, [N, ceil(C / 4), H, W] of vec4; channels beyond C are 0.

struct Params {
    epilogue: Epilogue,
    // pixels per plane, channels, blocks, invocations in all
    size: vec4<u32>,
    // input, output, invocations per row of workgroups
    at: vec4<u32>,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> output: array<vec4<real>>;
@group(0) @binding(2) var<storage, read> input: array<f32>;

fn channel(batch: u32, c: u32, pixel: u32) -> f32 {
    if (c >= p.size.y) {
        return 0.0;
    }
    return input[p.at.x + (batch * p.size.y + c) * p.size.x + pixel];
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * p.at.z + id.x;
    if (i >= p.size.w) {
        return;
    }
    let pixel = i % p.size.x;
    let block = (i / p.size.x) % p.size.z;
    let batch = i / (p.size.x * p.size.z);
    let c = 4u * block;
    let value = vec4<f32>(
        channel(batch, c, pixel),
        channel(batch, c + 1u, pixel),
        channel(batch, c + 2u, pixel),
        channel(batch, c + 3u, pixel),
    );
    output[p.at.y + i] = vec4<real>(finish(value, p.epilogue));
}
