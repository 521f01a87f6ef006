use serde::{Deserialize, Serialize};

use super::{DenseNet121, EfficientNetLite, Net, ResNet18, ResNet50, Scope, Vgg11};
use crate::graph::Value;

/// The classifiers that the paper measures with.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// ResNet-18.
    #[default]
    Resnet18,
    /// ResNet-50.
    Resnet50,
    /// VGG-11 with batch norm.
    Vgg11,
    /// DenseNet-121.
    Densenet121,
    /// The first blocks of EfficientNet-Lite0: not of the paper; a recogniser for generators.
    EfficientnetLite,
}

impl std::str::FromStr for Architecture {
    type Err = String;

    /// Its usual name in any case, with or without the hyphen: `resnet18`.
    fn from_str(text: &str) -> Result<Self, String> {
        let plain = |name: &str| name.replace('-', "").to_lowercase();
        let all = [&Self::ALL[..], &[Self::EfficientnetLite]].concat();
        all.iter()
            .copied()
            .find(|net| plain(net.name()) == plain(text))
            .ok_or_else(|| {
                let names: Vec<&str> = all.iter().map(|net| net.name()).collect();
                let names = names.join(", ");
                format!("{text:?} is none of {names}")
            })
    }
}

impl Architecture {
    /// The paper's, in the order of its tables.
    pub const ALL: [Self; 4] = [
        Self::Resnet18,
        Self::Vgg11,
        Self::Resnet50,
        Self::Densenet121,
    ];

    /// Why it cannot be built at this width; `None` where it can.
    #[must_use]
    pub fn refusal(self, width: usize) -> Option<String> {
        let unit = match self {
            Self::EfficientnetLite => 4,
            _ => 1,
        };
        (width == 0 || !width.is_multiple_of(unit)).then(|| {
            let name = self.name();
            format!("width = {width}; that of {name} must be a multiple of {unit}, at least {unit}")
        })
    }

    /// Its usual name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Resnet18 => "ResNet-18",
            Self::Resnet50 => "ResNet-50",
            Self::Vgg11 => "VGG-11",
            Self::Densenet121 => "DenseNet-121",
            Self::EfficientnetLite => "EfficientNet-Lite",
        }
    }

    /// Whether this is the default.
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A classifier of any of the architectures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classifier {
    /// Which net.
    pub net: Architecture,
    /// Channels of its first stage (64 in the papers).
    pub width: usize,
    /// Length of the result.
    pub classes: usize,
    /// Stride of its stem for small images; VGG-11 has none.
    pub stem_stride: usize,
}

impl Net for Classifier {
    /// From images `[N, 3, H, W]` (0..1) to logits `[N, classes]`.
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value {
        let &Self {
            net,
            width,
            classes,
            stem_stride,
        } = self;
        match net {
            Architecture::Resnet18 => ResNet18 {
                width,
                classes,
                stem_stride,
            }
            .forward(scope, x),
            Architecture::Resnet50 => ResNet50 {
                width,
                classes,
                stem_stride,
            }
            .forward(scope, x),
            Architecture::Vgg11 => Vgg11 { width, classes }.forward(scope, x),
            Architecture::Densenet121 => DenseNet121 {
                width,
                classes,
                stem_stride,
            }
            .forward(scope, x),
            Architecture::EfficientnetLite => EfficientNetLite { width, classes }.forward(scope, x),
        }
    }
}

impl From<ResNet18> for Classifier {
    fn from(net: ResNet18) -> Self {
        Self {
            net: Architecture::Resnet18,
            width: net.width,
            classes: net.classes,
            stem_stride: net.stem_stride,
        }
    }
}
