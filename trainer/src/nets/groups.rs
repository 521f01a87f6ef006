use super::{EfficientNetLite0, LITE0_FEATURES, LowRank, Net, Scope};
use crate::{
    bank::to_rgb_weights,
    error::{Error, Result},
    graph::{Graph, Value},
};

/// The generator of recipe `groups`: it names what a photo shows by ImageNet's 1,000 classes, sums them into K groups, and gives
/// each group a smooth tint. Nothing in it is trained by us.
///
/// image -> its middle -> EfficientNet-Lite0 -> softmax over 1,000 classes -> sums over K groups -> length 1 = code `[N, K]`
/// x bank `[K, 2, g, g]` -> zero-luma RGB -> bound
#[derive(Debug, Clone, PartialEq)]
pub struct GroupGenerator {
    /// Side of the middle that is looked at, in pixels; the image's own side for all of it.
    pub view: usize,
    /// The classifier behind EfficientNet-Lite0.
    pub classifier: LowRank,
    /// The group of each class.
    pub groups: Vec<usize>,
    /// Below 1 sharpens the code, above 1 softens it.
    pub temperature: f32,
    /// Side g of the pattern grid.
    pub grid: usize,
    /// K x 2 x g x g chroma values (red, blue), in units of the sample range.
    pub bank: Vec<f32>,
    /// Bound of the residual, in units of the sample range.
    pub epsilon: f32,
}

/// Where the parts of a [`GroupGenerator`] stand in its graph.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    /// What the photo's features are: `[N, 1280]`.
    pub features: Value,
    /// The code `[N, K]`.
    pub code: Value,
    /// The residual `[N, 3, g, g]`.
    pub residual: Value,
}

/// Rounds of Heron's method: exact to 1e-4 for squares between 1/48 and 1.
const HERON: usize = 5;

impl GroupGenerator {
    /// Number K of groups.
    #[must_use]
    pub fn codes(&self) -> usize {
        self.bank.len() / (2 * self.grid * self.grid)
    }

    /// Appends the generator to the scope's graph.
    pub fn parts(&self, scope: &mut Scope<'_, '_>, x: Value) -> Parts {
        let x = self.middle(scope.graph, x);
        let features = EfficientNetLite0.forward(scope, x);
        let code = self.code(scope.graph, features);
        let residual = self.residual(scope.graph, code);
        Parts {
            features,
            code,
            residual,
        }
    }

    fn middle(&self, g: &mut Graph, x: Value) -> Value {
        let (height, width) = (g.shape(x)[2], g.shape(x)[3]);
        let [top, left] = [height, width].map(|side| side.saturating_sub(self.view) / 2);
        let x = g.slice(x, 2, top, height - 2 * top, 1);
        g.slice(x, 3, left, width - 2 * left, 1)
    }

    /// Features `[N, 1280]` to the code.
    fn code(&self, g: &mut Graph, features: Value) -> Value {
        let LowRank { left, right, bias } = &self.classifier;
        let (classes, rank) = (bias.len(), right.len() / LITE0_FEATURES);
        let right = g.constant(right, &[rank, LITE0_FEATURES]);
        let left = g.constant(left, &[classes, rank]);
        let bias = g.constant(bias, &[1, classes]);
        let low = g.gemm(features, right, false, true);
        let product = g.gemm(low, left, false, true);
        let logits = g.add(product, bias);
        let sharpened = match self.temperature {
            1.0 => logits,
            t => g.scale(logits, 1.0 / t),
        };
        let classes = g.softmax(sharpened);
        let membership = self.membership(g);
        let sums = g.matmul(classes, membership);
        unit_length(g, sums)
    }

    /// 1 where a class (row) is of a group (column).
    fn membership(&self, g: &mut Graph) -> Value {
        let k = self.codes();
        let row = |&group: &usize| (0..k).map(move |i| if i == group { 1.0 } else { 0.0 });
        let ones: Vec<f32> = self.groups.iter().flat_map(row).collect();
        g.constant(&ones, &[self.groups.len(), k])
    }

    fn residual(&self, g: &mut Graph, code: Value) -> Value {
        let (k, side) = (self.codes(), self.grid);
        let bank = g.constant(&self.bank, &[k, 2 * side * side]);
        let mixed = g.matmul(code, bank);
        let n = g.shape(code)[0];
        let chroma = g.reshape(mixed, &[n, 2, side, side]);
        // Red and blue are cut so that green, which balances the luma, keeps the bound too: its weights sum to less than 1.
        let bounded = g.clip(chroma, -self.epsilon, self.epsilon);
        let weights = g.constant(&to_rgb_weights(), &[3, 2, 1, 1]);
        g.conv(bounded, weights, 1, 0)
    }
}

impl Net for GroupGenerator {
    /// From images `[N, 3, H, W]` to residuals `[N, 3, g, g]` within ±epsilon.
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value {
        self.parts(scope, x).residual
    }
}

/// Rows `[N, K]` of positive numbers with sum 1, each divided by its length. The contract has no square root, so that is
/// found by Heron's method.
fn unit_length(g: &mut Graph, rows: Value) -> Value {
    let squares = g.mul(rows, rows);
    let k = g.shape(rows)[1];
    let ones = g.constant(&vec![1.0; k], &[k, 1]);
    let square = g.matmul(squares, ones);
    let one = g.scalar(1.0);
    let mut length = g.add(square, one);
    length = g.scale(length, 0.5);
    for _ in 1..HERON {
        let quotient = g.div(square, length);
        let sum = g.add(length, quotient);
        length = g.scale(sum, 0.5);
    }
    g.div(rows, length)
}

/// How many groups [`imagenet_groups`] tells.
pub const IMAGENET_GROUPS: usize = 24;

/// The group of each of ImageNet's 1,000 classes, as `trainer/weights/groups.py` found them.
///
/// # Errors
/// [`Error::Recipe`] where the list that came with this program is damaged.
pub fn imagenet_groups() -> Result<Vec<usize>> {
    let list = include_str!("../../weights/imagenet_groups_24.txt");
    let read = |line: &str| {
        let group = line.parse().ok().filter(|&group| group < IMAGENET_GROUPS);
        group.ok_or_else(|| {
            Error::Recipe(format!(
                "weights/imagenet_groups_24.txt: {line:?} is no group"
            ))
        })
    };
    list.lines().map(read).collect()
}
