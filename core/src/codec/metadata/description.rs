//! One more description in an XMP packet (XMP Specification Part 1, 7.4), and packets of one description.

use super::xml::{Document, Kind, replace};

pub(in crate::codec) const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

/// A packet that holds nothing but a description with these attributes, namespaces among them.
pub(in crate::codec) fn packet(attributes: &str) -> Vec<u8> {
    let description = description("rdf", "", attributes);
    format!(
        "<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n\
         <rdf:RDF xmlns:rdf=\"{RDF}\">\n{description}</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>"
    )
    .into_bytes()
}

/// The packet with one more description; `None` if there is no place for it. A prefix that the attributes declare may
/// mean the same in the packet or nothing.
pub(in crate::codec) fn insert(packet: &str, attributes: &str) -> Option<String> {
    let document = Document::parse(packet)?;
    let mut tags = document.tags.iter().rev();
    let end = tags.find(|tag| tag.kind == Kind::Close && tag.name == (RDF, "RDF"))?;
    let about = [(RDF, "about"), ("", "about")];
    let about = about
        .iter()
        .find_map(|&name| document.property(name))
        .unwrap_or_default();
    let description = description(document.prefix(RDF)?, about, attributes);
    let at = end.range.start;
    Some(replace(packet, vec![(at..at, description)]))
}

/// One description element. All descriptions of a packet are about the same thing, so `about` is repeated.
fn description(rdf: &str, about: &str, attributes: &str) -> String {
    let about = about.replace('"', "&quot;");
    format!("<{rdf}:Description {rdf}:about=\"{about}\" {attributes}/>\n")
}
