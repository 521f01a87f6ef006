//! The property in an XMP packet.

use super::DataMining;
use crate::codec::metadata::description;
use crate::codec::metadata::unicode;
use crate::codec::metadata::xml::{Document, replace};
use crate::error::{Error, ErrorKind, Result};

/// The property: namespace (PLUS License Data Format 2.0) and name.
const NAMESPACE: &str = "http://ns.useplus.org/ldf/xmp/1.0/";
const NAME: (&str, &str) = (NAMESPACE, "DataMining");

const DESCRIPTION: (&str, &str) = (description::RDF, "Description");

/// Longest value that is repeated, in characters; terms have at most 75.
const LONGEST: usize = 200;

/// What became of a packet.
pub(super) struct Edited {
    /// The packet to write; `None` if the one that is there says enough.
    pub(super) packet: Option<Vec<u8>>,
    /// What the packet says in the end.
    pub(super) value: String,
}

/// A packet that holds nothing but the term.
pub(super) fn new(value: DataMining) -> Vec<u8> {
    description::packet(&attributes("plus", value))
}

/// The packet with the term in it.
pub(super) fn with(packet: Option<&[u8]>, value: DataMining) -> Result<Edited> {
    let written = |packet: Vec<u8>| Edited {
        packet: Some(packet),
        value: value.address(),
    };
    let Some(packet) = packet.filter(|packet| !packet.trim_ascii().is_empty()) else {
        return Ok(written(new(value)));
    };
    let unreadable = || {
        Error::new(
            ErrorKind::Decode,
            "the photo's XMP packet is not well-formed XML, so nothing can be added to it; mend or remove it first",
        )
    };
    let text = unicode::text(packet);
    let document = Document::parse(&text)
        .filter(|document| !document.tags.is_empty())
        .ok_or_else(unreadable)?;
    if let Some(said) = document.property(NAME)
        && !value.outweighs(said)
    {
        return Ok(Edited {
            packet: None,
            value: legible(said),
        });
    }
    let cuts = document.places(|name| name == NAME);
    let cuts = cuts
        .into_iter()
        .map(|place| (place, String::new()))
        .collect();
    let cut = replace(&text, cuts);
    if !document.tags.iter().any(|tag| tag.name == DESCRIPTION) {
        return Ok(written(new(value)));
    }
    // Somebody else's prefix may be called the same.
    let added = ["plus", "plus-ldf"].iter().find_map(|prefix| {
        let added = description::insert(&cut, &attributes(prefix, value))?;
        Document::parse(&added).is_some().then_some(added)
    });
    Ok(written(added.ok_or_else(unreadable)?.into_bytes()))
}

/// What a packet says.
pub(super) fn find(packet: &[u8]) -> Option<String> {
    let text = unicode::text(packet);
    Document::parse(&text)?.property(NAME).map(legible)
}

fn attributes(prefix: &str, value: DataMining) -> String {
    let address = value.address();
    format!("xmlns:{prefix}=\"{NAMESPACE}\" {prefix}:DataMining=\"{address}\"")
}

/// Text from a photo, short and without control characters.
fn legible(text: &str) -> String {
    let letters = text.trim().chars();
    letters
        .filter(|letter| !letter.is_control())
        .take(LONGEST)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TRAINING: DataMining = DataMining::ProhibitedAiMlTraining;

    fn around(inner: &str) -> String {
        format!(
            "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
             <rdf:Description rdf:about='' xmlns:p='{NAMESPACE}' xmlns:dc='http://purl.org/dc/elements/1.1/' {inner}\
             </rdf:RDF></x:xmpmeta>"
        )
    }

    #[test]
    fn a_new_packet_says_the_term() {
        assert_eq!(find(&new(TRAINING)), Some(TRAINING.address()));
        for nothing in [None, Some(&b""[..]), Some(b" \n")] {
            let edited = with(nothing, TRAINING).unwrap();
            assert_eq!(edited.packet, Some(new(TRAINING)));
        }
    }

    #[test]
    fn a_weaker_term_is_replaced_in_both_forms_and_the_rest_stays() {
        let weaker = DataMining::Allowed.address();
        for inner in [
            format!("p:DataMining='{weaker}' dc:format='image/jpeg'/>"),
            format!(
                "dc:format='image/jpeg'><p:DataMining>{weaker}</p:DataMining></rdf:Description>"
            ),
        ] {
            let edited = with(Some(around(&inner).as_bytes()), TRAINING).unwrap();
            let packet = String::from_utf8(edited.packet.unwrap()).unwrap();
            assert_eq!(find(packet.as_bytes()), Some(TRAINING.address()));
            assert!(!packet.contains(&weaker) && packet.contains("dc:format='image/jpeg'"));
        }
    }

    #[test]
    fn what_forbids_as_much_or_more_stays() {
        for said in [
            TRAINING.address(),
            DataMining::Prohibited.address(),
            "urn:else".into(),
        ] {
            let packet = around(&format!("p:DataMining='{said}'/>"));
            let edited = with(Some(packet.as_bytes()), TRAINING).unwrap();
            assert_eq!((edited.packet, edited.value), (None, said));
        }
    }

    #[test]
    fn another_meaning_of_the_prefix_does_no_harm() {
        let packet = around("xmlns:plus='urn:other' plus:DataMining='x'/>");
        let edited = with(Some(packet.as_bytes()), TRAINING).unwrap();
        assert_eq!(find(&edited.packet.unwrap()), Some(TRAINING.address()));
    }

    #[test]
    fn a_packet_without_a_description_is_a_new_one() {
        let packet = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>";
        let edited = with(Some(packet.as_bytes()), TRAINING).unwrap();
        assert_eq!(edited.packet, Some(new(TRAINING)));
    }

    #[test]
    fn what_is_no_packet_is_refused() {
        for packet in ["<a>", "plain"] {
            let error = with(Some(packet.as_bytes()), TRAINING)
                .map(|_| ())
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{packet}");
        }
    }
}
