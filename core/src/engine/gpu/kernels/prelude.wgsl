// What every kernel starts with. Before it stands `alias real = f32;` or, for half precision, `alias real = f16;`: what
// packed values and weights are stored as. Sums are always f32.

// 0: none, 1: max(x, slope * x), 2: tanh, 3: sigmoid
override ACTIVATION: u32 = 0u;
override WORKGROUP: u32 = 64u;

// What is done to a result before it is stored.
struct Epilogue {
    slope: f32,
    scale: f32,
    offset: f32,
    low: f32,
    high: f32,
    unused_a: f32,
    unused_b: f32,
    unused_c: f32,
}

fn finish(x: vec4<f32>, e: Epilogue) -> vec4<f32> {
    var y = x;
    if (ACTIVATION == 1u) {
        y = select(e.slope * x, x, x > vec4<f32>(0.0));
    } else if (ACTIVATION == 2u) {
        // Cut before exp, whose overflow some drivers turn into NaN; tanh(10) is 1 in f32.
        let t = exp(2.0 * clamp(x, vec4<f32>(-10.0), vec4<f32>(10.0)));
        y = (t - 1.0) / (t + 1.0);
    } else if (ACTIVATION == 3u) {
        y = 1.0 / (1.0 + exp(-clamp(x, vec4<f32>(-60.0), vec4<f32>(60.0))));
    }
    return clamp(y * e.scale + e.offset, vec4<f32>(e.low), vec4<f32>(e.high));
}

fn finish_one(x: f32, e: Epilogue) -> f32 {
    return finish(vec4<f32>(x), e).x;
}
