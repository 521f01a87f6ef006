//! The compute kernels: one WGSL file each.

/// A kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kernel {
    Binary,
    BinaryPacked,
    Conv,
    Conv3x3,
    ConvTranspose,
    DepthToSpace,
    Depthwise,
    Gather,
    GlobalAverage,
    Matmul,
    Mean,
    Pack,
    Pool,
    Resize,
    Softmax,
    Unary,
    UnaryPacked,
    Unpack,
}

const PRELUDE: &str = include_str!("kernels/prelude.wgsl");
const WINDOW: &str = include_str!("kernels/window.wgsl");

impl Kernel {
    #[cfg(test)]
    pub(super) const ALL: [Self; 18] = [
        Self::Binary,
        Self::BinaryPacked,
        Self::Conv,
        Self::Conv3x3,
        Self::ConvTranspose,
        Self::DepthToSpace,
        Self::Depthwise,
        Self::Gather,
        Self::GlobalAverage,
        Self::Matmul,
        Self::Mean,
        Self::Pack,
        Self::Pool,
        Self::Resize,
        Self::Softmax,
        Self::Unary,
        Self::UnaryPacked,
        Self::Unpack,
    ];

    /// Its name, for labels.
    pub(super) fn name(self) -> &'static str {
        self.file().0
    }

    /// Its WGSL, storing packed values in half or full precision.
    pub(super) fn source(self, half: bool) -> String {
        let precision = if half {
            "enable f16;\nalias real = f16;\n"
        } else {
            "alias real = f32;\n"
        };
        let window = if self.is_convolution() { WINDOW } else { "" };
        [precision, PRELUDE, window, self.file().1].concat()
    }

    fn is_convolution(self) -> bool {
        matches!(
            self,
            Self::Conv | Self::Conv3x3 | Self::ConvTranspose | Self::Depthwise
        )
    }

    /// Storage buffers it reads.
    pub(super) fn inputs(self) -> usize {
        match self {
            Self::Matmul => 3,
            _ if self.is_convolution() => 3,
            Self::Binary | Self::BinaryPacked => 2,
            _ => 1,
        }
    }

    fn file(self) -> (&'static str, &'static str) {
        macro_rules! file {
            ($name:literal) => {
                ($name, include_str!(concat!("kernels/", $name, ".wgsl")))
            };
        }
        match self {
            Self::Binary => file!("binary"),
            Self::BinaryPacked => file!("binary_packed"),
            Self::Conv => file!("conv"),
            Self::Conv3x3 => file!("conv3x3"),
            Self::ConvTranspose => file!("conv_transpose"),
            Self::DepthToSpace => file!("depth_to_space"),
            Self::Depthwise => file!("depthwise"),
            Self::Gather => file!("gather"),
            Self::GlobalAverage => file!("global_average"),
            Self::Matmul => file!("matmul"),
            Self::Mean => file!("mean"),
            Self::Pack => file!("pack"),
            Self::Pool => file!("pool"),
            Self::Resize => file!("resize"),
            Self::Softmax => file!("softmax"),
            Self::Unary => file!("unary"),
            Self::UnaryPacked => file!("unary_packed"),
            Self::Unpack => file!("unpack"),
        }
    }
}
