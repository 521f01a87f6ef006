//! `Resize` of ONNX, by tract's own resampling. tract-core's operation lacks ONNX's default rounding.

use tract_core::internal::*;
use tract_core::ops::nn::resize::{
    AxisPlan, CoordTransformer, Interpolator, cubic_weights, linear_weights, plan_axis,
    resample_axis, window_size,
};

/// Pictures of one size made of those of another, axis by axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resize {
    pub(super) coordinates: CoordTransformer,
    pub(super) interpolator: Interpolator,
    pub(super) nearest: Nearest,
    /// Whether the window grows where pictures shrink.
    pub(super) antialias: bool,
    pub(super) exclude_outside: bool,
    /// A float32's bits, as are `scales`.
    pub(super) cubic_coefficient: u32,
    /// Of every axis.
    pub(super) scales: TVec<u32>,
    /// The shape that it gives.
    pub(super) shape: TVec<usize>,
}

/// Which of two neighbours is nearest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nearest {
    Floor,
    Ceil,
    RoundPreferFloor,
    RoundPreferCeil,
}

impl Nearest {
    /// By ONNX's name, `nearest_mode`.
    pub(super) fn parse(name: &str) -> TractResult<Self> {
        Ok(match name {
            "floor" => Self::Floor,
            "ceil" => Self::Ceil,
            "round_prefer_floor" => Self::RoundPreferFloor,
            "round_prefer_ceil" => Self::RoundPreferCeil,
            other => bail!("nearest_mode = {other}"),
        })
    }

    /// Whether it is the later one, at a distance of `ratio` (above 0, at most 1) from the earlier.
    fn is_later(self, ratio: f32) -> bool {
        ratio == 1.0
            || match self {
                Self::Floor => false,
                Self::Ceil => true,
                Self::RoundPreferFloor => ratio > 0.5,
                Self::RoundPreferCeil => ratio >= 0.5,
            }
    }
}

impl Resize {
    fn plan(&self, scale: f32, from: usize, to: usize) -> AxisPlan {
        let window = window_size(&self.interpolator, self.antialias, scale);
        let coordinate = |x| Some(self.coordinates.transform(x, scale, from, to));
        let weights = |ratio: f32, weights: &mut [f32]| match self.interpolator {
            Interpolator::Linear => linear_weights(ratio, scale, self.antialias, weights),
            Interpolator::Cubic => {
                let coefficient = f32::from_bits(self.cubic_coefficient);
                cubic_weights(ratio, scale, coefficient, self.antialias, weights);
            }
            Interpolator::Nearest => {
                let later = self.nearest.is_later(ratio);
                weights.copy_from_slice(&if later { [0.0, 1.0] } else { [1.0, 0.0] });
            }
        };
        plan_axis(from, to, window, self.exclude_outside, coordinate, weights)
    }
}

impl Op for Resize {
    fn name(&self) -> StaticName {
        "Resize".into()
    }

    fn as_typed(&self) -> Option<&dyn TypedOp> {
        Some(self)
    }
}

impl EvalOp for Resize {
    fn eval(&self, _: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let input = inputs.first().context("nothing to resize")?;
        let mut shape: TVec<usize> = input.shape().into();
        let mut data = input.try_as_plain_ram()?.as_slice::<f32>()?.to_vec();
        for (axis, scale) in self
            .scales
            .iter()
            .map(|bits| f32::from_bits(*bits))
            .enumerate()
        {
            let (from, to) = (shape[axis], self.shape[axis]);
            if from == to && scale == 1.0 {
                continue;
            }
            let mut resampled = vec![0.0; data.len() / from * to];
            let plan = self.plan(scale, from, to);
            resample_axis(&data, &shape, axis, &plan, 0.0, &mut resampled);
            data = resampled;
            shape[axis] = to;
        }
        Ok(tvec![Tensor::from_shape(&shape, &data)?.into_tvalue()])
    }

    fn eval_out_of_plan(&self, inputs: TVec<TValue>) -> TractResult<Option<TVec<TValue>>> {
        self.eval(&EvalContext::out_of_plan(), inputs).map(Some)
    }
}

impl TypedOp for Resize {
    fn output_facts(&self, _: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec![f32::fact(&*self.shape)])
    }

    fn as_op(&self) -> &dyn Op {
        self
    }

    fn as_op_mut(&mut self) -> &mut dyn Op {
        self
    }
}
