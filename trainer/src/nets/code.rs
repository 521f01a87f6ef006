use super::{Classifier, Init, Net, Scope};
use crate::{
    bank::{LUMA, to_rgb},
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

    /// The residual `[N, 3, g, g]` that a code `[N, K]` stands for. A mixture of patterns within the bound stays within it.
    pub fn residual(&self, scope: &mut Scope<'_, '_>, code: Value) -> Value {
        let (k, g) = (self.recogniser.classes, self.grid);
        let bank = scope.parameter(&[k, 2, g, g], Init::Values(self.bank.clone()));
        let rgb = match scope.graph.origin(bank).clone() {
            Origin::Constant(data) => {
                let rgb: Vec<f32> = data
                    .chunks(2 * g * g)
                    .flat_map(|pattern| bounded_rgb(pattern, self.epsilon))
                    .collect();
                scope.graph.constant(&rgb, &[k, 3 * g * g])
            }
            _ => bank_to_rgb(scope.graph, bank, self.epsilon),
        };
        let n = scope.graph.shape(code)[0];
        let mixed = scope.graph.matmul(code, rgb);
        scope.graph.reshape(mixed, &[n, 3, g, g])
    }
}

impl Net for CodeGenerator {
    /// From images `[N, 3, H, W]` to residuals `[N, 3, g, g]` within ±epsilon.
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value {
        let (_, code) = self.code(scope, x);
        self.residual(scope, code)
    }
}

/// Chroma `[K, 2, g, g]` to zero-luma RGB `[K, 3 g g]` within ±epsilon: R and B move freely within ±1, G balances the luma.
fn bank_to_rgb(g: &mut Graph, bank: Value, epsilon: f32) -> Value {
    let &[k, _, side, _] = g.shape(bank) else {
        unreachable!("a bank has four axes")
    };
    let bounded = g.clip(bank, -1.0, 1.0);
    let red = g.slice(bounded, 1, 0, 1, 1);
    let blue = g.slice(bounded, 1, 1, 1, 1);
    let from_red = g.scale(red, -LUMA[0] / LUMA[1]);
    let from_blue = g.scale(blue, -LUMA[2] / LUMA[1]);
    let green = g.add(from_red, from_blue);
    let rgb = g.concat(&[red, green, blue], 1);
    let scaled = g.scale(rgb, epsilon);
    g.reshape(scaled, &[k, 3 * side * side])
}

/// The same on the host, for a frozen bank: the exported file holds plain numbers.
fn bounded_rgb(pattern: &[f32], epsilon: f32) -> Vec<f32> {
    let bounded: Vec<f32> = pattern.iter().map(|x| x.clamp(-1.0, 1.0)).collect();
    to_rgb(&bounded, epsilon)
}
