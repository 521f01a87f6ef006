//! What the samples of a YUV frame mean.

/// How the samples of a YUV frame are to be read. The default is what Android's cameras and JPEG use: 4:2:0, 8 bits,
/// BT.601, full range.
///
/// ```
/// use confounder::{YuvFormat, YuvMatrix, YuvRange};
///
/// let video = YuvFormat::new().matrix(YuvMatrix::Bt709).range(YuvRange::Limited);
/// assert_eq!(video.sampling.chroma_size(1921, 1080), (961, 540));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct YuvFormat {
    /// How many chroma samples there are.
    pub sampling: ChromaSampling,
    /// How a sample is stored.
    pub depth: SampleDepth,
    /// How R'G'B' became luma and chroma.
    pub matrix: YuvMatrix,
    /// Which sample values stand for black, white and the strongest colours.
    pub range: YuvRange,
}

/// How many chroma samples there are to the luma samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChromaSampling {
    /// 4:2:0: half as many along both axes, rounded up.
    #[default]
    S420,
    /// 4:2:2: half as many along each row, rounded up.
    S422,
    /// 4:4:4: as many.
    S444,
}

/// How one sample is stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SampleDepth {
    /// One byte.
    #[default]
    Eight,
    /// Two bytes, little-endian, the value in the upper 10 bits (P010, P210, P410). The lower 6 are never changed.
    TenHigh,
}

/// How luma is made of R'G'B'.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum YuvMatrix {
    /// Rec. ITU-R BT.601: JPEG, Android's cameras, standard definition.
    #[default]
    Bt601,
    /// Rec. ITU-R BT.709: high definition. A residual without luma by BT.601 has a little by BT.709, which is left out.
    Bt709,
}

/// Which sample values stand for black, white and the strongest colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum YuvRange {
    /// All values: 0 to 255 (JPEG, Android's cameras).
    #[default]
    Full,
    /// 16 to 235 for luma and 16 to 240 for chroma (video), times 4 for 10 bits.
    Limited,
}

impl YuvFormat {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`sampling`](Self::sampling).
    #[must_use]
    pub fn sampling(mut self, sampling: ChromaSampling) -> Self {
        self.sampling = sampling;
        self
    }

    /// Sets [`depth`](Self::depth).
    #[must_use]
    pub fn depth(mut self, depth: SampleDepth) -> Self {
        self.depth = depth;
        self
    }

    /// Sets [`matrix`](Self::matrix).
    #[must_use]
    pub fn matrix(mut self, matrix: YuvMatrix) -> Self {
        self.matrix = matrix;
        self
    }

    /// Sets [`range`](Self::range).
    #[must_use]
    pub fn range(mut self, range: YuvRange) -> Self {
        self.range = range;
        self
    }

    /// Black and the distance from black to white, in steps.
    pub(super) fn luma_scale(self) -> (f32, f32) {
        let (black, span) = match self.range {
            YuvRange::Full => (0.0, self.depth.largest()),
            YuvRange::Limited => (16.0 * self.depth.steps(), 219.0 * self.depth.steps()),
        };
        (black, span)
    }

    /// No colour, and the distance between the strongest colours, in steps.
    pub(super) fn chroma_scale(self) -> (f32, f32) {
        let span = match self.range {
            YuvRange::Full => self.depth.largest(),
            YuvRange::Limited => 224.0 * self.depth.steps(),
        };
        (128.0 * self.depth.steps(), span)
    }

    /// R', G' and B' of luma in 0..1 and chroma in -0.5..0.5.
    pub(super) fn rgb(self, luma: f32, cb: f32, cr: f32) -> [f32; 3] {
        let (red, green, blue) = self.matrix.weights();
        let r = luma + 2.0 * (1.0 - red) * cr;
        let b = luma + 2.0 * (1.0 - blue) * cb;
        [r, (luma - red * r - blue * b) / green, b]
    }

    /// Cb and Cr of a difference of R', G' and B', in units where the strongest colours are 1 apart.
    pub(super) fn chroma(self, [r, g, b]: [f32; 3]) -> [f32; 2] {
        let (red, green, blue) = self.matrix.weights();
        let luma = red * r + green * g + blue * b;
        [
            (b - luma) / (2.0 * (1.0 - blue)),
            (r - luma) / (2.0 * (1.0 - red)),
        ]
    }
}

impl ChromaSampling {
    /// Width and height of each chroma plane of a frame of `width` x `height`.
    pub fn chroma_size(self, width: usize, height: usize) -> (usize, usize) {
        match self {
            Self::S420 => (width.div_ceil(2), height.div_ceil(2)),
            Self::S422 => (width.div_ceil(2), height),
            Self::S444 => (width, height),
        }
    }
}

impl SampleDepth {
    /// Bytes in a sample: 1 or 2.
    pub fn bytes(self) -> usize {
        match self {
            Self::Eight => 1,
            Self::TenHigh => 2,
        }
    }

    /// The largest value: 255 or 1,023.
    pub(super) fn largest(self) -> f32 {
        match self {
            Self::Eight => 255.0,
            Self::TenHigh => 1023.0,
        }
    }

    /// How many steps there are to one of 8 bits.
    fn steps(self) -> f32 {
        match self {
            Self::Eight => 1.0,
            Self::TenHigh => 4.0,
        }
    }
}

impl YuvMatrix {
    /// The shares of red, green and blue in luma.
    fn weights(self) -> (f32, f32, f32) {
        match self {
            Self::Bt601 => (0.299, 0.587, 0.114),
            Self::Bt709 => (0.2126, 0.7152, 0.0722),
        }
    }
}
