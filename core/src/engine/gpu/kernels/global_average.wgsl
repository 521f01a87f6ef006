// The mean of every plane, packed to plain: [N, C, H, W] to N x C numbers. One workgroup of 64 per block of channels.

struct Params {
    epilogue: Epilogue,
    // pixels per plane, channels, blocks per image, blocks in all
    size: vec4<u32>,
    // input, output, workgroups per row
    at: vec4<u32>,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read> input: array<vec4<real>>;

var<workgroup> parts: array<vec4<f32>, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let block = group.y * p.at.z + group.x;
    var sum = vec4<f32>();
    if (block < p.size.w) {
        for (var k = lane; k < p.size.x; k += 64u) {
            sum += vec4<f32>(input[p.at.x + block * p.size.x + k]);
        }
    }
    parts[lane] = sum;
    workgroupBarrier();
    for (var half = 32u; half > 0u; half /= 2u) {
        if (lane < half) {
            parts[lane] += parts[lane + half];
        }
        workgroupBarrier();
    }
    let c = 4u * (block % p.size.z) + lane;
    if (block < p.size.w && lane < 4u && c < p.size.y) {
        let mean = parts[0] / f32(p.size.x);
        output[p.at.y + block / p.size.z * p.size.y + c] = finish_one(mean[lane], p.epilogue);
    }
}
