// Pixel shuffle: [N, C * b * b, H, W] to [N, C, H * b, W * b], packed.

// Whether the channel of the output counts slowest (CRD) or fastest (DCR).
override CRD: bool = false;

struct Params {
    epilogue: Epilogue,
    // input width, input height, output channels, block side b
    size: vec4<u32>,
    // input blocks, output blocks, invocations per row of workgroups, invocations in all
    blocks: vec4<u32>,
    // input, output
    at: vec4<u32>,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> output: array<vec4<real>>;
@group(0) @binding(2) var<storage, read> input: array<vec4<real>>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * p.blocks.z + id.x;
    if (i >= p.blocks.w) {
        return;
    }
    let b = p.size.w;
    let x = i % (p.size.x * b);
    let y = (i / (p.size.x * b)) % (p.size.y * b);
    let block = i / (p.size.x * b * p.size.y * b);
    let batch = block / p.blocks.y;
    let shift = (y % b) * b + x % b;
    var value = vec4<f32>();
    for (var k = 0u; k < 4u; k++) {
        let c = 4u * (block % p.blocks.y) + k;
        if (c < p.size.z) {
            let source = select(shift * p.size.z + c, c * b * b + shift, CRD);
            let plane = (batch * p.blocks.x + source / 4u) * p.size.y;
            value[k] = f32(input[p.at.x + (plane + y / b) * p.size.x + x / b][source % 4u]);
        }
    }
    output[p.at.y + i] = vec4<real>(finish(value, p.epilogue));
}
