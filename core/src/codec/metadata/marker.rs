//! The mark that a photo was protected: three XMP properties, so that nobody protects it twice by accident.
//!
//! Written under `MetadataPolicy::Keep` only; it names the generator and the strength and nothing of the photo.

use super::xml::{Document, escaped};
use super::{description, unicode};
use crate::generator::Generator;
use crate::options::Strength;

/// The namespace. `.invalid` (RFC 2606) never resolves: it is a name, not an address.
pub(in crate::codec) const NAMESPACE: &str = "https://confounder.invalid/ns/1.0/";

/// Longest part of a mark that is repeated in a message, in characters.
const LONGEST: usize = 80;

/// The mark that goes into a photo.
#[derive(Debug, Clone)]
pub(in crate::codec) struct Marker {
    generator: String,
    version: String,
    strength: f32,
}

impl Marker {
    /// The mark of a generator at a strength; none at strength 0, which protects nothing.
    pub(in crate::codec) fn new(generator: &Generator, strength: Strength) -> Option<Self> {
        (strength.get() > 0.0).then(|| Self {
            generator: generator.name().to_owned(),
            version: generator.version().to_owned(),
            strength: strength.get(),
        })
    }

    /// A mark to see what becomes of a photo's packets where no generator is at hand.
    pub(in crate::codec) fn stand_in() -> Self {
        Self {
            generator: "photo".to_owned(),
            version: "1.0.0".to_owned(),
            strength: 1.0,
        }
    }

    /// A packet that holds nothing but the mark.
    pub(in crate::codec) fn packet(&self) -> Vec<u8> {
        description::packet(&self.attributes())
    }

    /// The packet with the mark in it; `None` where there is no place for it. The packet has no mark yet.
    pub(in crate::codec) fn insert(&self, packet: &str) -> Option<String> {
        description::insert(packet, &self.attributes())
    }

    fn attributes(&self) -> String {
        format!(
            "xmlns:confounder=\"{NAMESPACE}\" confounder:Generator=\"{}\" confounder:Version=\"{}\" \
             confounder:Strength=\"{}\"",
            escaped(&self.generator),
            escaped(&self.version),
            self.strength,
        )
    }
}

/// What a packet says that the photo was protected with, in words; `None` where it says nothing of the kind.
pub(in crate::codec) fn find(packet: &[u8]) -> Option<String> {
    let text = unicode::text(packet);
    if !text.contains(NAMESPACE) {
        return None;
    }
    let document = Document::parse(&text)?;
    let property = |local| document.property((NAMESPACE, local)).map(legible);
    let generator = property("Generator")?;
    let version = property("Version").map(|version| format!(" {version}"));
    let strength = property("Strength").map(|strength| format!(" at strength {strength}"));
    Some(
        [
            generator,
            version.unwrap_or_default(),
            strength.unwrap_or_default(),
        ]
        .concat(),
    )
}

/// Text from a photo, short and without control characters.
fn legible(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control())
        .take(LONGEST)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn marker() -> Marker {
        Marker {
            generator: "a <generator>".into(),
            version: "1.2.3".into(),
            strength: 0.5,
        }
    }

    #[test]
    fn a_new_packet_is_found_again() {
        let packet = marker().packet();
        assert_eq!(
            find(&packet).unwrap(),
            "a &lt;generator&gt; 1.2.3 at strength 0.5"
        );
    }

    #[test]
    fn a_packet_is_added_to_and_stays_otherwise() {
        let packet = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
             <r:Description r:about='uuid:1'/></r:RDF></x:xmpmeta>";
        let marked = marker().insert(packet).unwrap();
        let at = packet.find("</r:RDF>").unwrap();
        assert!(marked.starts_with(&packet[..at]) && marked.ends_with(&packet[at..]));
        assert!(marked.contains("<r:Description r:about=\"uuid:1\" xmlns:confounder="));
        assert!(find(marked.as_bytes()).is_some() && find(packet.as_bytes()).is_none());
    }

    #[test]
    fn a_mark_in_element_form_is_found() {
        let packet = format!(
            "<r:RDF xmlns:r='{}' xmlns:c='{NAMESPACE}'><r:Description><c:Generator>g\u{7}</c:Generator></r:Description></r:RDF>",
            description::RDF
        );
        assert_eq!(find(packet.as_bytes()).unwrap(), "g");
    }

    #[test]
    fn what_is_no_packet_takes_no_mark() {
        for packet in ["", "plain", "<a>", "<x:a xmlns:x='urn:x'/>"] {
            assert_eq!(marker().insert(packet), None, "{packet}");
        }
    }
}
