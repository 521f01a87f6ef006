// What the convolutions share: the window as constants, and bindings. Sides are width and height.

override KERNEL_X: u32 = 1u;
override KERNEL_Y: u32 = 1u;
override STRIDE_X: u32 = 1u;
override STRIDE_Y: u32 = 1u;
override DILATION_X: u32 = 1u;
override DILATION_Y: u32 = 1u;
// Whether `other` is added before the activation.
override OTHER: bool = false;

struct Params {
    epilogue: Epilogue,
    // input width, input height, output width, output height
    size: vec4<u32>,
    // input blocks, output blocks, groups of four pixels in a row (where pixels go by four), invocations in all
    blocks: vec4<u32>,
    // pad left, pad top, invocations per row of workgroups
    pads: vec4<u32>,
    // input, weights, other, output
    at: vec4<u32>,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> output: array<vec4<real>>;
@group(0) @binding(2) var<storage, read> input: array<vec4<real>>;
@group(0) @binding(3) var<storage, read> weights: array<vec4<real>>;
@group(0) @binding(4) var<storage, read> other: array<vec4<real>>;

// Weights from input block to output block at one place of the kernel: a column per input channel.
fn matrix(at: u32) -> mat4x4<real> {
    return mat4x4<real>(weights[at], weights[at + 1u], weights[at + 2u], weights[at + 3u]);
}

// Adds what is to be added, activates and stores.
fn store(at: u32, value: vec4<f32>) {
    var sum = value;
    if (OTHER) {
        sum += vec4<f32>(other[p.at.z + at]);
    }
    output[p.at.w + at] = vec4<real>(finish(sum, p.epilogue));
}
