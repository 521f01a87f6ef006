//! XMP packets: what may stay once the photo was protected.

use std::ops::Range;

use super::marker::{self, Marker};
use super::unicode;
use super::verdict::{NOT_KEPT, Verdict};
use super::xml::{Document, Kind, Name, Tag, replace};

/// Longest packet that is looked at, in bytes; packets of cameras and editors have a few kB.
const LONGEST: usize = 8 << 20;

/// Words of packets that show or promise further pictures, for packets that cannot be read as XML.
const OTHER_IMAGES: [&str; 10] = [
    "hdrgm:",
    "Container:Directory",
    "GContainer",
    "GImage:",
    "GDepth:",
    "MicroVideo",
    "MotionPhoto",
    "xmpGImg:",
    "xapGImg:",
    "xmp:Thumbnails",
];

/// How JPEG and PNG pictures begin in base64.
const ENCODED_IMAGES: [&str; 2] = ["/9j/", "iVBORw0KGgo"];

const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const META: &str = "adobe:ns:meta/";
const BASIC: &str = "http://ns.adobe.com/xap/1.0/";
const THUMBNAIL: &str = "http://ns.adobe.com/xap/1.0/g/img/";
const NOTE: &str = "http://ns.adobe.com/xmp/note/";
const GAIN_MAP: &str = "http://ns.adobe.com/hdr-gain-map/1.0/";
const APPLE_GAIN_MAP: &str = "http://ns.apple.com/HDRGainMap/1.0/";
const APPLE_PIXELS: &str = "http://ns.apple.com/pixeldatainfo/1.0/";
const CONTAINER: &str = "http://ns.google.com/photos/1.0/container/";
const ITEM: &str = "http://ns.google.com/photos/1.0/container/item/";
const CAMERA: &str = "http://ns.google.com/photos/1.0/camera/";
/// Google's properties that hold or describe other pictures (depth maps, originals) and sounds.
const GOOGLE_MEDIA: [&str; 3] = [
    "http://ns.google.com/photos/1.0/image/",
    "http://ns.google.com/photos/1.0/depthmap/",
    "http://ns.google.com/photos/1.0/audio/",
];
const DYNAMIC_DEPTH: &str = "http://ns.google.com/photos/dd/1.0/";
const DUBLIN_CORE_TERMS: &str = "http://purl.org/dc/terms/";

/// What of a packet may stay.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::codec) struct Scope<'a> {
    /// Nothing stays but what readers need to find and apply the gain map.
    pub(in crate::codec) gain_map_only: bool,
    /// The gain map stays in the file, so what describes it stays.
    pub(in crate::codec) gain_map: Option<GainMap>,
    /// The photo's extended XMP stays, and with it the property that names it.
    pub(in crate::codec) extended: bool,
    /// The link to signed content credentials goes.
    pub(in crate::codec) unsigned: bool,
    /// The mark to put in.
    pub(in crate::codec) marker: Option<&'a Marker>,
}

/// Whose packet it is, where a gain map stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::codec) enum GainMap {
    /// The photo's, which says how long the gain map that follows it is, in bytes.
    Follows(usize),
    /// The gain map's own.
    Itself,
}

/// Judges a packet (UTF-8 XML).
pub(in crate::codec) fn judge(packet: &[u8], scope: Scope<'_>) -> Verdict {
    let text = &*unicode::text(packet);
    let converted = text.as_bytes() != packet;
    if scope.gain_map_only && scope.gain_map.is_none() {
        return Verdict::Remove(NOT_KEPT);
    }
    let document = if text.len() <= LONGEST {
        Document::parse(text)
    } else {
        None
    };
    let Some(document) = document else {
        return unreadable(text, scope);
    };
    let cut = replace(text, edits(&document, scope));
    if ENCODED_IMAGES.iter().any(|word| cut.contains(word)) {
        return Verdict::Remove("held a picture that may show the unprotected photo");
    }
    let marked = scope.marker.and_then(|marker| marker.insert(&cut));
    let others = Scope {
        marker: None,
        ..scope
    };
    let others_cut = !edits(&document, others).is_empty();
    match (marked, others_cut) {
        (Some(marked), true) => Verdict::Rewrite(marked.into(), CUT_AND_MARKED),
        (Some(marked), false) => Verdict::Rewrite(marked.into(), MARKED),
        (None, true) if scope.gain_map_only => Verdict::Rewrite(cut.into(), REDUCED),
        (None, true) => Verdict::Rewrite(cut.into(), CUT),
        (None, false) if converted => Verdict::Rewrite(text.into(), CONVERTED),
        (None, false) => Verdict::Keep,
    }
}

/// Whether a packet names a manifest of content credentials that lies elsewhere (C2PA specification, "Embedding a
/// reference to an external manifest").
pub(in crate::codec) fn links_credentials(packet: &[u8]) -> bool {
    let text = unicode::text(packet);
    if text.len() > LONGEST || !text.contains(DUBLIN_CORE_TERMS) {
        return false;
    }
    let name = (DUBLIN_CORE_TERMS, "provenance");
    Document::parse(&text).is_some_and(|document| {
        document.property(name).is_some() || document.tags.iter().any(|tag| tag.name == name)
    })
}

const CONVERTED: &str = "turned into UTF-8";
const MARKED: &str = "the mark that the photo was protected was put in";
const CUT: &str = "what showed or described other pictures was removed";
const CUT_AND_MARKED: &str = "what showed or described other pictures was removed; the mark that the photo was protected \
     was put in";
const REDUCED: &str = "reduced to what describes the gain map";

/// A packet that is not XML as it should be stays only where nothing in it hints at a picture.
fn unreadable(text: &str, scope: Scope<'_>) -> Verdict {
    let hints = OTHER_IMAGES.iter().chain(&ENCODED_IMAGES);
    if scope.gain_map_only
        || text.len() > LONGEST
        || hints.into_iter().any(|word| text.contains(word))
    {
        return Verdict::Remove(
            "could not be read, so what shows or describes other pictures could not be cut out",
        );
    }
    Verdict::Keep
}

/// Everything that is cut out or replaced.
fn edits(document: &Document<'_>, scope: Scope<'_>) -> Vec<(Range<usize>, String)> {
    let directory = match scope.gain_map {
        Some(GainMap::Follows(length)) => directory_edit(document, length),
        _ => None,
    };
    let cuts = document.places(|name| {
        let is_directory = name == (CONTAINER, "Directory");
        if is_directory && directory.is_some() {
            return false;
        }
        is_directory || goes(name, scope) || (scope.gain_map_only && !describes_gain_map(name))
    });
    let comments = document.comments.iter().filter(|_| scope.gain_map_only);
    let within = |place: &Range<usize>| {
        directory
            .as_ref()
            .is_some_and(|(whole, _)| place.start >= whole.start && place.end <= whole.end)
    };
    let outside_cuts = comments.filter(|place| {
        !cuts
            .iter()
            .any(|cut| cut.start <= place.start && place.end <= cut.end)
    });
    let mut edits: Vec<_> = outside_cuts
        .chain(&cuts)
        .filter(|place| !within(place))
        .map(|place| (place.clone(), String::new()))
        .collect();
    edits.extend(directory.filter(|(whole, with)| document.text[whole.clone()] != **with));
    edits
}

/// Whether a property shows or describes a picture that does not stay.
fn goes((address, local): Name<'_>, scope: Scope<'_>) -> bool {
    match address {
        BASIC => local == "Thumbnails",
        THUMBNAIL => true,
        NOTE => local == "HasExtendedXMP" && !scope.extended,
        GAIN_MAP => scope.gain_map.is_none(),
        APPLE_GAIN_MAP | APPLE_PIXELS => scope.gain_map != Some(GainMap::Itself),
        CAMERA => local.starts_with("MicroVideo") || local.starts_with("MotionPhoto"),
        DUBLIN_CORE_TERMS => scope.unsigned && local == "provenance",
        marker::NAMESPACE => scope.marker.is_some(),
        _ => GOOGLE_MEDIA.contains(&address) || address.starts_with(DYNAMIC_DEPTH),
    }
}

fn describes_gain_map((address, local): Name<'_>) -> bool {
    matches!(
        address,
        RDF | META | GAIN_MAP | CONTAINER | ITEM | APPLE_GAIN_MAP | APPLE_PIXELS
    ) || (address.is_empty() && local == "about")
}

/// The directory of the file's pictures, written anew for the photo and the gain map right behind it (Ultra HDR
/// Image Format 1.1, "Container"). `None` where the packet has none, or several.
fn directory_edit(document: &Document<'_>, length: usize) -> Option<(Range<usize>, String)> {
    let is_directory =
        |tag: &&Tag<'_>| tag.name == (CONTAINER, "Directory") && tag.kind != Kind::Close;
    let mut directories = document.tags.iter().filter(is_directory);
    let (tag, None) = (directories.next()?, directories.next()) else {
        return None;
    };
    let (container, rdf) = (document.prefix(CONTAINER)?, document.prefix(RDF)?);
    let declared = document.prefix(ITEM);
    let item = declared.unwrap_or("Item");
    let declaration = if declared.is_some() {
        String::new()
    } else {
        format!(" xmlns:Item=\"{ITEM}\"")
    };
    let entry = |attributes: String| {
        format!(
            "<{rdf}:li {rdf}:parseType=\"Resource\"><{container}:Item {attributes}/></{rdf}:li>"
        )
    };
    let photo = entry(format!(
        "{item}:Mime=\"image/jpeg\" {item}:Semantic=\"Primary\""
    ));
    let gain_map = entry(format!(
        "{item}:Mime=\"image/jpeg\" {item}:Semantic=\"GainMap\" {item}:Length=\"{length}\""
    ));
    let text = format!(
        "<{container}:Directory{declaration}><{rdf}:Seq>{photo}{gain_map}</{rdf}:Seq></{container}:Directory>"
    );
    Some((tag.range.start..tag.end, text))
}

/// A verdict that fits a segment: a packet beyond `room` bytes loses its padding (XMP Specification Part 1, 7.3.3), and
/// goes where that is not enough.
pub(in crate::codec) fn fitted(verdict: Verdict, room: usize) -> Verdict {
    let Verdict::Rewrite(mut packet, what) = verdict else {
        return verdict;
    };
    if packet.len() > room
        && let Some(end) = memchr::memmem::rfind(&packet, b"<?xpacket end=")
    {
        let padding = packet[..end]
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        packet.drain(end - padding..end);
    }
    if packet.len() > room {
        return Verdict::Remove("no longer fits its segment once other pictures are cut out");
    }
    Verdict::Rewrite(packet, what)
}

/// Whether a packet says that its picture is a gain map, and not only that one follows.
pub(in crate::codec) fn is_gain_map(packet: &[u8]) -> bool {
    let text = unicode::text(packet);
    let document = Some(&*text)
        .filter(|text| text.len() <= LONGEST)
        .and_then(Document::parse);
    document.is_some_and(|document| {
        let apple = document.property((APPLE_PIXELS, "AuxiliaryImageType"));
        document.property((GAIN_MAP, "GainMapMax")).is_some()
            || document
                .tags
                .iter()
                .any(|tag| tag.name == (GAIN_MAP, "GainMapMax"))
            || apple.is_some_and(|kind| kind.ends_with("hdrgainmap"))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HEAD: &str = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
        <rdf:Description rdf:about='' xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmlns:g='http://ns.adobe.com/xap/1.0/g/img/' \
        xmlns:dc='urn:dc' xmlns:hdrgm='http://ns.adobe.com/hdr-gain-map/1.0/' xmlns:n='http://ns.adobe.com/xmp/note/' \
        xmlns:Container='http://ns.google.com/photos/1.0/container/' xmlns:GCamera='http://ns.google.com/photos/1.0/camera/' \
        xmlns:d='http://ns.google.com/photos/1.0/depthmap/'";
    const FOOT: &str = "</rdf:Description></rdf:RDF></x:xmpmeta>";

    fn packet(inside: &str) -> String {
        format!("{HEAD}{inside}{FOOT}")
    }

    fn rewritten(packet: &str, scope: Scope<'_>) -> String {
        match judge(packet.as_bytes(), scope) {
            Verdict::Rewrite(packet, _) => String::from_utf8(packet).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn plain_packets_stay() {
        let plain = packet("><dc:title>Cat</dc:title>");
        assert_eq!(judge(plain.as_bytes(), Scope::default()), Verdict::Keep);
        let odd = b"<x:xmpmeta><dc:title>Cat</dc:title></x:xmpmeta>";
        assert_eq!(
            judge(odd, Scope::default()),
            Verdict::Keep,
            "undeclared prefixes"
        );
    }

    #[test]
    fn other_pictures_are_cut_out_and_the_rest_stays() {
        let given = packet(
            " hdrgm:Version='1.0' dc:kept='1' d:Data='AAAA' n:HasExtendedXMP='0' GCamera:MotionPhoto='1'>\
             <xmp:Thumbnails><rdf:Alt><rdf:li><g:image>/9j/AAAA</g:image></rdf:li></rdf:Alt></xmp:Thumbnails><dc:title>Cat</dc:title>\
             <Container:Directory><rdf:Seq/></Container:Directory>",
        );
        let expected = packet(" dc:kept='1'><dc:title>Cat</dc:title>");
        assert_eq!(rewritten(&given, Scope::default()), expected);
    }

    #[test]
    fn what_cannot_be_cut_out_goes_whole() {
        let encoded = packet("><dc:odd>/9j/4AAQSkZJRg</dc:odd>");
        for packet in [
            &b"<r hdrgm:Version=\"1.0\"/>"[..],
            b"<r GImage:Data=\"/9j/\"/>",
            b"<xmp:Thumbnails><xmpGImg:image>AAAA",
            encoded.as_bytes(),
        ] {
            assert!(
                matches!(judge(packet, Scope::default()), Verdict::Remove(_)),
                "{packet:?}"
            );
        }
    }

    #[test]
    fn the_directory_is_true_where_the_gain_map_stays() {
        let given = packet(
            " hdrgm:Version='1.0'><Container:Directory><rdf:Seq><rdf:li>video</rdf:li></rdf:Seq></Container:Directory>",
        );
        let scope = Scope {
            gain_map: Some(GainMap::Follows(77)),
            ..Scope::default()
        };
        let kept = rewritten(&given, scope);
        assert!(kept.contains("hdrgm:Version='1.0'") && !kept.contains("video"));
        assert!(kept.contains("Semantic=\"Primary\"") && kept.contains("Item:Length=\"77\""));
        assert!(Document::parse(&kept).is_some(), "declares what it uses");
        assert_eq!(
            rewritten(&kept, Scope::default()),
            packet(">"),
            "and is cut out where it goes"
        );
    }

    #[test]
    fn padding_gives_way() {
        let padded = b"<a/>\n    \n<?xpacket end=\"w\"?>".to_vec();
        let fit = |room| fitted(Verdict::Rewrite(padded.clone(), ""), room);
        assert_eq!(fit(padded.len()), Verdict::Rewrite(padded.clone(), ""));
        let short = b"<a/><?xpacket end=\"w\"?>".to_vec();
        assert_eq!(fit(short.len()), Verdict::Rewrite(short.clone(), ""));
        assert!(matches!(fit(short.len() - 1), Verdict::Remove(_)));
    }

    #[test]
    fn only_the_gain_map_stays_where_asked() {
        let given = packet(
            " hdrgm:GainMapMax='2' dc:secret='1'><!-- secret --><dc:title>secret</dc:title>",
        );
        assert!(is_gain_map(given.as_bytes()));
        let scope = Scope {
            gain_map_only: true,
            gain_map: Some(GainMap::Itself),
            ..Scope::default()
        };
        let kept = rewritten(&given, scope);
        assert!(kept.contains("hdrgm:GainMapMax='2'") && !kept.contains("secret"));
        let none = Scope {
            gain_map: None,
            ..scope
        };
        assert!(matches!(judge(given.as_bytes(), none), Verdict::Remove(_)));
    }
}
