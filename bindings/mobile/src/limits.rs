//! What an input may cost.

/// What an input may cost. All are checked before pixels are decoded or allocated.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Limits {
    /// Widest photo in pixels; default 65,535.
    #[uniffi(default = 65535)]
    pub max_width: u32,
    /// Highest photo in pixels; default 65,535.
    #[uniffi(default = 65535)]
    pub max_height: u32,
    /// Most pixels in a photo; default 100 million.
    #[uniffi(default = 100000000)]
    pub max_pixels: u64,
    /// Longest input file in bytes; default 256 MiB.
    #[uniffi(default = 268435456)]
    pub max_input_bytes: u64,
    /// Most metadata in bytes, all segments together; default 64 MiB.
    #[uniffi(default = 67108864)]
    pub max_metadata_bytes: u64,
    /// Most memory for decoding one photo in bytes; default 1,536 MiB.
    #[uniffi(default = 1610612736)]
    pub max_alloc_bytes: u64,
}

impl From<Limits> for confounder::Limits {
    fn from(limits: Limits) -> Self {
        Self::new()
            .max_size(limits.max_width, limits.max_height)
            .max_pixels(limits.max_pixels)
            .max_input_bytes(limits.max_input_bytes)
            .max_metadata_bytes(limits.max_metadata_bytes)
            .max_alloc_bytes(limits.max_alloc_bytes)
    }
}
