//! Tags of an XML document with their namespaces and places: enough to cut properties out of an XMP packet and leave
//! the rest byte for byte as it was (Namespaces in XML 1.0, XMP Specification Part 1, section 7).

use std::collections::HashMap;
use std::ops::Range;

use super::read::{Kind, RawTag, Reader};

/// A name as its namespace's address and its local part; names without a prefix have an empty address.
pub(in crate::codec) type Name<'a> = (&'a str, &'a str);

/// One tag.
pub(in crate::codec) struct Tag<'a> {
    /// Its bytes, from `<` to `>`.
    pub(in crate::codec) range: Range<usize>,
    /// Where its element ends: behind the closing tag.
    pub(in crate::codec) end: usize,
    pub(in crate::codec) name: Name<'a>,
    pub(in crate::codec) kind: Kind,
    pub(in crate::codec) attributes: Vec<Attribute<'a>>,
}

/// One attribute that is not a namespace declaration.
pub(in crate::codec) struct Attribute<'a> {
    /// Its bytes with the white space before it.
    pub(in crate::codec) range: Range<usize>,
    pub(in crate::codec) name: Name<'a>,
    pub(in crate::codec) value: &'a str,
}

/// A well-formed document in which every prefix means one namespace throughout.
pub(in crate::codec) struct Document<'a> {
    pub(in crate::codec) text: &'a str,
    pub(in crate::codec) tags: Vec<Tag<'a>>,
    /// Comments, which are no part of the data.
    pub(in crate::codec) comments: Vec<Range<usize>>,
    namespaces: HashMap<&'a str, &'a str>,
}

impl<'a> Document<'a> {
    /// Reads a document; `None` where it is not well-formed, has a document type, binds a prefix twice or is too large.
    pub(in crate::codec) fn parse(text: &'a str) -> Option<Self> {
        let mut reader = Reader::new(text);
        let mut raw = Vec::new();
        while let Some(tag) = reader.next_tag()? {
            raw.push(tag);
        }
        let namespaces = namespaces(&raw)?;
        let mut tags = Vec::with_capacity(raw.len());
        for tag in raw {
            tags.push(resolve_tag(tag, &namespaces)?);
        }
        close(&mut tags)?;
        Some(Self {
            text,
            tags,
            comments: reader.comments,
            namespaces,
        })
    }

    /// A prefix bound to a namespace.
    pub(in crate::codec) fn prefix(&self, address: &str) -> Option<&'a str> {
        self.namespaces
            .iter()
            .find(|(_, bound)| **bound == address)
            .map(|(prefix, _)| *prefix)
    }

    /// The value of a property, written as an attribute or as an element with text.
    pub(in crate::codec) fn property(&self, name: Name<'_>) -> Option<&'a str> {
        self.tags.iter().enumerate().find_map(|(i, tag)| {
            let attribute = tag
                .attributes
                .iter()
                .find(|attribute| attribute.name == name);
            let element = || {
                let next = self
                    .tags
                    .get(i + 1)
                    .filter(|_| tag.name == name && tag.kind == Kind::Open)?;
                self.text.get(tag.range.end..next.range.start)
            };
            attribute.map(|attribute| attribute.value).or_else(element)
        })
    }

    /// The places of elements and attributes whose names are to go.
    pub(in crate::codec) fn places(&self, goes: impl Fn(Name<'_>) -> bool) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        let mut end = 0;
        for tag in self.tags.iter().filter(|tag| tag.kind != Kind::Close) {
            if tag.range.start < end {
                continue;
            }
            if goes(tag.name) {
                end = tag.end;
                places.push(tag.range.start..tag.end);
                continue;
            }
            let attributes = tag
                .attributes
                .iter()
                .filter(|attribute| goes(attribute.name));
            places.extend(attributes.map(|attribute| attribute.range.clone()));
        }
        places
    }
}

/// `text` with the replacement put in each place. Places may not overlap.
pub(in crate::codec) fn replace(text: &str, mut places: Vec<(Range<usize>, String)>) -> String {
    places.sort_by_key(|(range, _)| range.start);
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for (range, with) in places {
        result.push_str(text.get(at..range.start).unwrap_or_default());
        result.push_str(&with);
        at = range.end.max(at);
    }
    result.push_str(text.get(at..).unwrap_or_default());
    result
}

/// Text as it may stand in an attribute's value.
pub(in crate::codec) fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '"' => result.push_str("&quot;"),
            letter if letter.is_control() => result.push(' '),
            letter => result.push(letter),
        }
    }
    result
}

/// What every prefix means; `None` where one means two things.
fn namespaces<'a>(tags: &[RawTag<'a>]) -> Option<HashMap<&'a str, &'a str>> {
    let mut bound = HashMap::from([("xml", "http://www.w3.org/XML/1998/namespace")]);
    for (_, name, value) in tags.iter().flat_map(|tag| &tag.attributes) {
        if *name == "xmlns" {
            return None;
        }
        if let Some(prefix) = name.strip_prefix("xmlns:")
            && bound
                .insert(prefix, value)
                .is_some_and(|before| before != *value)
        {
            return None;
        }
    }
    Some(bound)
}

fn resolve_tag<'a>(raw: RawTag<'a>, namespaces: &HashMap<&'a str, &'a str>) -> Option<Tag<'a>> {
    let attributes = raw
        .attributes
        .into_iter()
        .filter(|(_, name, _)| !name.starts_with("xmlns:"));
    let attributes = attributes.map(|(range, name, value)| {
        Some(Attribute {
            range,
            name: resolve(name, namespaces)?,
            value,
        })
    });
    Some(Tag {
        end: raw.range.end,
        range: raw.range,
        name: resolve(raw.name, namespaces)?,
        kind: raw.kind,
        attributes: attributes.collect::<Option<_>>()?,
    })
}

fn resolve<'a>(name: &'a str, namespaces: &HashMap<&'a str, &'a str>) -> Option<Name<'a>> {
    match name.split_once(':') {
        Some((prefix, local)) => Some((namespaces.get(prefix)?, local)),
        None => Some(("", name)),
    }
}

/// Finds each element's end; `None` where tags do not pair.
fn close(tags: &mut [Tag<'_>]) -> Option<()> {
    let mut open: Vec<usize> = Vec::new();
    for i in 0..tags.len() {
        match tags[i].kind {
            Kind::Open => open.push(i),
            Kind::Empty => {}
            Kind::Close => {
                let opened = open.pop()?;
                if tags[opened].name != tags[i].name {
                    return None;
                }
                tags[opened].end = tags[i].range.end;
            }
        }
    }
    open.is_empty().then_some(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "<?p a?><a:x xmlns:a='urn:a' xmlns:b=\"urn:b\" b:q = '1 > 0'><!-- <c> --><b:y b:z=\"2\"><b:w/>t</b:y>\n<a:v>5</a:v></a:x>";

    #[test]
    fn names_are_resolved_and_elements_closed() {
        let document = Document::parse(TEXT).unwrap();
        let opened: Vec<_> = document
            .tags
            .iter()
            .filter(|tag| tag.kind != Kind::Close)
            .collect();
        let names: Vec<_> = opened.iter().map(|tag| tag.name).collect();
        assert_eq!(
            names,
            [
                ("urn:a", "x"),
                ("urn:b", "y"),
                ("urn:b", "w"),
                ("urn:a", "v")
            ]
        );
        assert_eq!(opened[0].end, TEXT.len());
        assert_eq!(
            &TEXT[opened[1].range.start..opened[1].end],
            "<b:y b:z=\"2\"><b:w/>t</b:y>"
        );
        assert_eq!(document.property(("urn:b", "q")), Some("1 > 0"));
        assert_eq!(document.property(("urn:a", "v")), Some("5"));
        assert_eq!(document.prefix("urn:b"), Some("b"));
        assert_eq!(document.comments.len(), 1);
    }

    #[test]
    fn cuts_leave_the_rest_as_it_was() {
        let document = Document::parse(TEXT).unwrap();
        let cuts = document.places(|(address, local)| address == "urn:b" && local != "z");
        let cut = replace(
            TEXT,
            cuts.into_iter()
                .map(|place| (place, String::new()))
                .collect(),
        );
        assert_eq!(
            cut,
            "<?p a?><a:x xmlns:a='urn:a' xmlns:b=\"urn:b\"><!-- <c> -->\n<a:v>5</a:v></a:x>"
        );
    }

    #[test]
    fn malformed_documents_are_none() {
        for text in [
            "<a>",
            "</a>",
            "<a></b>",
            "<a b></a>",
            "<a b=c/>",
            "<a b=\"c/>",
            "<p:a/>",
            "<!DOCTYPE a><a/>",
            "<",
            "<a xmlns=\"urn:default\"/>",
            "<a/ >",
            "<a b=\"<\"/>",
            "<!-- ",
            "<a xmlns:p='1'><b xmlns:p='2'/></a>",
        ] {
            assert!(Document::parse(text).is_none(), "{text}");
        }
        assert!(Document::parse("no tags at all").is_some());
        assert!(Document::parse(&"<a/>".repeat(super::super::read::MOST_PARTS + 1)).is_none());
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(escaped("a<b>&\"c\"\0"), "a&lt;b&gt;&amp;&quot;c&quot; ");
    }

    proptest! {
        #[test]
        fn hostile_documents_never_panic(text in "[<>/=\"'a:b x!?é-]{0,60}", at in 0usize..120, with in "[<>/\"'=é ]") {
            let _ = Document::parse(&text);
            let at = (0..=at.min(TEXT.len())).rev().find(|&at| TEXT.is_char_boundary(at)).unwrap_or(0);
            let spoilt = format!("{}{with}{}", &TEXT[..at], &TEXT[at..]);
            if let Some(document) = Document::parse(&spoilt) {
                document.places(|name| name.0 == "urn:b");
            }
        }
    }
}
