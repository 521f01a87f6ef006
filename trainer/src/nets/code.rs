use super::{Classifier, Init, Net, Scope, VisibilityMap};
use crate::{
    bank::to_rgb_weights,
    graph::{Graph, Origin, Value},
};

/// The generator of recipe `code`: a recogniser names what the image shows as a soft code over K patterns, and the
/// residual is that mixture of a bank of coarse chroma patterns.
///
/// image -> recogniser -> softmax(logits / temperature) -> code `[N, K]` x bank `[K, 2, g, g]` -> zero-luma RGB
#[derive(Debug, Clone, PartialEq)]
pub struct CodeGenerator {
    /// Names what the image shows; its classes are the codes.
    pub recogniser: Classifier,
    /// Side g of the pattern grid.
    pub grid: usize,
    /// Below 1 sharpens the code, above 1 softens it.
    pub temperature: f32,
    /// Bound of the residual, in units of the sample range.
    pub epsilon: f32,
    /// Whether the residual is weaker where it would be seen first: see [`VisibilityMap`].
    pub visibility: bool,
    /// Start of the bank: K x 2 x g x g chroma values (Cb, Cr as fractions of the largest legal amplitude).
    pub bank: Vec<f32>,
}

impl CodeGenerator {
    /// The logits of the recogniser alone, and the code.
    pub fn code(&self, scope: &mut Scope<'_, '_>, x: Value) -> (Value, Value) {
        let logits = self.recogniser.forward(scope, x);
        let sharpened = scope.graph.scale(logits, 1.0 / self.temperature);
        (logits, scope.graph.softmax(sharpened))
    }

    /// The chroma `[N, 2, g, g]` that a code `[N, K]` stands for. A mixture of patterns within the bound stays within it.
    fn chroma(&self, scope: &mut Scope<'_, '_>, code: Value) -> Value {
        let (k, g) = (self.recogniser.classes, self.grid);
        let bank = scope.parameter(&[k, 2, g, g], Init::Values(self.bank.clone()));
        let bounded = bounded(scope.graph, bank, &[k, 2 * g * g], self.epsilon);
        let n = scope.graph.shape(code)[0];
        let mixed = scope.graph.matmul(code, bounded);
        scope.graph.reshape(mixed, &[n, 2, g, g])
    }

    /// Chroma by the strengths of [`VisibilityMap`]; what they take beyond the bound is cut.
    fn modulated(&self, scope: &mut Scope<'_, '_>, x: Value, chroma: Value) -> Value {
        let strengths = VisibilityMap { grid: self.grid }.forward(scope, x);
        let both = scope.graph.concat(&[strengths, strengths], 1);
        let chroma = scope.graph.mul(chroma, both);
        scope.graph.clip(chroma, -self.epsilon, self.epsilon)
    }
}

impl Net for CodeGenerator {
    /// From images `[N, 3, H, W]` to residuals `[N, 3, g, g]` within ±epsilon.
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value {
        let (_, code) = self.code(scope, x);
        let mut chroma = self.chroma(scope, code);
        if self.visibility {
            chroma = self.modulated(scope, x, chroma);
        }
        to_rgb(scope.graph, chroma)
    }
}

/// The bank within ±epsilon, as rows; that of a frozen bank is plain numbers in the exported file.
fn bounded(g: &mut Graph, bank: Value, rows: &[usize; 2], epsilon: f32) -> Value {
    if let Origin::Constant(data) = g.origin(bank).clone() {
        let bounded: Vec<f32> = data.iter().map(|x| x.clamp(-1.0, 1.0) * epsilon).collect();
        return g.constant(&bounded, rows);
    }
    let bounded = g.clip(bank, -1.0, 1.0);
    let scaled = g.scale(bounded, epsilon);
    g.reshape(scaled, rows)
}

/// Chroma `[N, 2, g, g]` to zero-luma RGB: red and blue as they are, green balances the luma.
fn to_rgb(g: &mut Graph, chroma: Value) -> Value {
    let weights = g.constant(&to_rgb_weights(), &[3, 2, 1, 1]);
    g.conv(chroma, weights, 1, 0)
}
