//! XMP packets: what may stay once the photo was protected.

/// Words that a packet uses to describe further images in the same file (gain maps, motion photos, depth maps,
/// unblurred originals). Those images are dropped, so a packet that promises them would mislead readers.
const OTHER_IMAGES: [&str; 7] = [
    "hdrgm:",
    "Container:Directory",
    "GContainer",
    "GImage:",
    "GDepth:",
    "MicroVideo",
    "MotionPhoto",
];

/// What becomes of an XMP packet.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing in it shows or promises an unprotected image.
    Keep,
    /// The packet without its thumbnails.
    Rewrite(Vec<u8>),
    /// The packet has to go, and why.
    Remove(&'static str),
}

/// Judges a packet (UTF-8 XML).
pub(super) fn judge(packet: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(packet) else {
        return Verdict::Remove("not UTF-8, so it could not be checked for thumbnails");
    };
    if OTHER_IMAGES.iter().any(|word| text.contains(word)) {
        return Verdict::Remove("describes images that are no longer in the file");
    }
    let (text, cut) = without_element(text, "xmp:Thumbnails");
    if text.contains("xmpGImg:image") || text.contains("xapGImg:image") {
        return Verdict::Remove("held a thumbnail of the unprotected photo");
    }
    if cut {
        Verdict::Rewrite(text.into_bytes())
    } else {
        Verdict::Keep
    }
}

/// `text` without every `<name ...>...</name>`, and whether there was any.
fn without_element(text: &str, name: &str) -> (String, bool) {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    let mut cut = false;
    while let Some(start) = rest.find(&open) {
        let Some(end) = rest[start..].find(&close) else {
            break;
        };
        kept.push_str(&rest[..start]);
        rest = &rest[start + end + close.len()..];
        cut = true;
    }
    kept.push_str(rest);
    (kept, cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_packets_stay() {
        assert_eq!(
            judge(b"<x:xmpmeta><dc:title>Cat</dc:title></x:xmpmeta>"),
            Verdict::Keep
        );
    }

    #[test]
    fn thumbnails_are_cut_out() {
        let packet =
            b"<a/><xmp:Thumbnails><xmpGImg:image>AAAA</xmpGImg:image></xmp:Thumbnails><b/>";
        assert_eq!(judge(packet), Verdict::Rewrite(b"<a/><b/>".to_vec()));
    }

    #[test]
    fn what_cannot_be_cut_out_goes_whole() {
        for packet in [
            &b"<r hdrgm:Version=\"1.0\"/>"[..],
            b"<r GImage:Data=\"/9j/\"/>",
            b"<xmp:Thumbnails><xmpGImg:image>AAAA",
            b"<r xmpGImg:image=\"AAAA\"/>",
            b"\xFF\xFEutf-16",
        ] {
            assert!(matches!(judge(packet), Verdict::Remove(_)), "{packet:?}");
        }
    }
}
