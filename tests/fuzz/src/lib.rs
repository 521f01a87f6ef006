//! What the fuzz targets share.

use std::sync::OnceLock;

use confounder::{
    Credentials, Generator, JpegMethod, Limits, MetadataPolicy, ProtectOptions, Protector,
    ProtectorOptions,
};

/// Aborts on a panic in code of this project. Panics inside a third-party decoder or inference engine are meant to
/// become errors (the library catches them), so they are no findings; one that is not caught ends the target anyway.
pub fn abort_on_our_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let ours = panic.location().is_none_or(|place| {
            !place.file().contains("/registry/src/") && !place.file().contains("/rustc/")
        });
        if ours {
            // Written to the log of the target and to no photo's: this is not the library.
            eprintln!("{panic}");
            std::process::abort();
        }
    }));
}

/// One protector for all inputs of a target, with a small generator so that time goes to the code around it, and on one
/// thread so that coverage is attributed to the input that made it.
pub fn protector() -> &'static Protector {
    static PROTECTOR: OnceLock<Protector> = OnceLock::new();
    PROTECTOR.get_or_init(|| {
        let bytes: &[u8] = include_bytes!("../../fixtures/generators/untrained.onnx");
        let generator =
            Generator::from_bytes(bytes).expect("the generator of the fixtures is read");
        Protector::open(generator, ProtectorOptions::new().threads(1)).expect("and opened")
    })
}

/// Limits under which an input costs milliseconds.
pub fn limits() -> Limits {
    Limits::new()
        .max_size(2048, 2048)
        .max_pixels(1 << 18)
        .max_input_bytes(1 << 20)
        .max_metadata_bytes(1 << 18)
        .max_alloc_bytes(16 << 20)
}

/// One of 216 combinations of options; the metadata policy changes fastest, then the way of changing a JPEG.
pub fn options(choice: usize) -> ProtectOptions {
    let metadata = [
        MetadataPolicy::Keep,
        MetadataPolicy::Private,
        MetadataPolicy::Strip,
    ][choice % 3];
    let jpeg = [
        JpegMethod::Coefficients,
        JpegMethod::Reencode,
        JpegMethod::Auto,
    ][choice / 3 % 3];
    let options = ProtectOptions::new()
        .limits(limits())
        .metadata(metadata)
        .jpeg(jpeg)
        .credentials([Credentials::Remove, Credentials::Refuse][choice / 9 % 2])
        .tint_gray(!(choice / 18).is_multiple_of(3))
        .repeat(!(choice / 54).is_multiple_of(2));
    if (choice / 108).is_multiple_of(2) {
        options
    } else {
        options.quality((choice % 100) as u8 + 1)
    }
}
