//! Which files of a folder are tried, by their extensions.

use std::path::Path;

use confounder_heif::Kind;

/// The extensions of the formats that are read.
pub(super) const READ: &[&str] = &[
    "jpg", "jpeg", "jpe", "jfif", "mpo", "png", "webp", "tif", "tiff", "jxl",
];

/// The extensions of other pictures. They are tried too, so that a photo that was not protected is named and counted.
const OTHER_PICTURES: &[&str] = &[
    // Phones.
    "heics", "avifs", "insp", // The web and editors.
    "gif", "bmp", "dib", "jp2", "j2k", "jpf", "jpx", "jxr", "wdp", "psd", "psb", "xcf", "tga",
    "qoi", "ppm", "pgm", "pnm", "exr", "hdr", // Camera raw.
    "3fr", "arw", "cr2", "cr3", "crw", "dcr", "dng", "erf", "fff", "gpr", "iiq", "kdc", "mef",
    "mos", "mrw", "nef", "nrw", "orf", "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf", "srw",
    "x3f",
];

/// Whether a file found in a folder is tried.
pub(crate) fn is_picture(path: &Path) -> bool {
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    let is = |known: &&str| extension.eq_ignore_ascii_case(known);
    READ.iter().any(is) || is_heif(path) || OTHER_PICTURES.iter().any(is)
}

/// Whether a file is named like a HEIC or AVIF, which libheif reads.
pub(super) fn is_heif(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| {
        let is = |known: &&str| extension.eq_ignore_ascii_case(known);
        Kind::EXTENSIONS.iter().any(is)
    })
}

/// The extensions of the formats that are read, for people: `.jpg, .png and .tif`.
pub(super) fn listed() -> String {
    let names = READ.iter().chain(&Kind::EXTENSIONS);
    let names: Vec<String> = names.map(|name| format!(".{name}")).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_told_by_extension() {
        for name in ["a/b.JPG", "b.webp", "c.TIFF", "d.jfif", "e.HEIC", "f.gif"] {
            assert!(is_picture(Path::new(name)), "{name}");
        }
        for name in ["a.txt", "jpg", "a.xmp", "a.mov", "a"] {
            assert!(!is_picture(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn the_list_reads_as_a_sentence() {
        let list = listed();
        assert!(
            list.starts_with(".jpg, .jpeg") && list.ends_with(" and .avif"),
            "{list}"
        );
    }
}
