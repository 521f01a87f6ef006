//! What this library was built with.

/// What this library was built with.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct BuildInfo {
    /// The version of the SDK.
    pub version: String,
    /// Whether it reads and writes photo files (JPEG, PNG, WebP, TIFF, JPEG XL). Without, only pixels are protected.
    pub codecs: bool,
    /// Whether it can run the generator on a GPU.
    pub gpu: bool,
    /// Whether it carries the default generator.
    pub bundled_generator: bool,
}

/// What this library was built with.
#[uniffi::export]
pub fn build_info() -> BuildInfo {
    // Not in a release build; that libraries for apps lack this text shows that they lack all such lines.
    log::debug!("confounder-debug-sentinel");
    BuildInfo {
        version: env!("CARGO_PKG_VERSION").into(),
        codecs: cfg!(feature = "codecs"),
        gpu: cfg!(feature = "gpu"),
        bundled_generator: cfg!(feature = "bundled-generator"),
    }
}
