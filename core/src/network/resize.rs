//! `Resize` of ONNX, by tract's own resampling. tract-core's operation lacks ONNX's default rounding.

use tract_core::internal::*;
use tract_core::ops::nn::resize::{
    AxisPlan, CoordTransformer, Interpolator, cubic_weights, linear_weights, plan_axis,
    resample_axis, window_size,
};

use crate::graph::{Coordinates, Filter, Nearest, Resize};

/// Pictures of one size made of those of another, axis by axis. Floats are kept as their bits: an operation of tract's
/// equals itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resample {
    coordinates: CoordTransformer,
    interpolator: Interpolator,
    nearest: Nearest,
    cubic_coefficient: u32,
    antialias: bool,
    exclude_outside: bool,
    /// Of every axis.
    scales: TVec<u32>,
    /// The shape that it gives.
    shape: TVec<usize>,
}

impl Resample {
    /// For pictures of the shape `from`.
    pub(super) fn new(resize: &Resize, from: &[usize]) -> TractResult<Self> {
        let axes = resize.along(from);
        let axes = axes.with_context(|| format!("{resize:?} of {from:?}"))?;
        let (interpolator, nearest, cubic_coefficient) = match resize.filter {
            Filter::Nearest(nearest) => (Interpolator::Nearest, nearest, 0.0),
            Filter::Linear => (Interpolator::Linear, Nearest::Floor, 0.0),
            Filter::Cubic(coefficient) => (Interpolator::Cubic, Nearest::Floor, coefficient),
        };
        Ok(Self {
            interpolator,
            nearest,
            cubic_coefficient: cubic_coefficient.to_bits(),
            coordinates: match resize.coordinates {
                Coordinates::HalfPixel => CoordTransformer::HalfPixel,
                Coordinates::HalfPixelSymmetric => CoordTransformer::HalfPixelSymmetric,
                Coordinates::PytorchHalfPixel => CoordTransformer::PytorchHalfPixel,
                Coordinates::AlignCorners => CoordTransformer::AlignCorners,
                Coordinates::Asymmetric => CoordTransformer::Asymmetric,
            },
            antialias: resize.antialias,
            exclude_outside: resize.exclude_outside,
            scales: axes.iter().map(|axis| axis.scale.to_bits()).collect(),
            shape: axes.iter().map(|axis| axis.to).collect(),
        })
    }

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
                let later = is_later(self.nearest, ratio);
                weights.copy_from_slice(&if later { [0.0, 1.0] } else { [1.0, 0.0] });
            }
        };
        plan_axis(from, to, window, self.exclude_outside, coordinate, weights)
    }
}

/// Whether the nearest neighbour is the later one, at a distance of `ratio` (above 0, at most 1) from the earlier.
fn is_later(nearest: Nearest, ratio: f32) -> bool {
    ratio == 1.0
        || match nearest {
            Nearest::Floor => false,
            Nearest::Ceil => true,
            Nearest::RoundPreferFloor => ratio > 0.5,
            Nearest::RoundPreferCeil => ratio >= 0.5,
        }
}

impl Op for Resample {
    fn name(&self) -> StaticName {
        "Resize".into()
    }

    fn as_typed(&self) -> Option<&dyn TypedOp> {
        Some(self)
    }
}

impl EvalOp for Resample {
    fn eval(&self, _: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let input = inputs.first().context("nothing to resize")?;
        let mut shape: TVec<usize> = input.shape().into();
        let mut data = input.try_as_plain_ram()?.as_slice::<f32>()?.to_vec();
        for (axis, &bits) in self.scales.iter().enumerate() {
            let scale = f32::from_bits(bits);
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

impl TypedOp for Resample {
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
