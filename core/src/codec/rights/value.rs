//! The vocabulary (PLUS, "Data Mining" controlled vocabulary, 2023).

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::error::{Error, ErrorKind};

/// What all terms begin with.
const VOCABULARY: &str = "http://ns.useplus.org/ldf/vocab/";

/// What a photo's owner says about data mining: a term of the PLUS vocabulary, which IPTC's standard names too.
///
/// It is a lawful notice and no lock: who wants to ignore it can.
///
/// ```
/// use confounder::DataMining;
///
/// let term: DataMining = "DMI-PROHIBITED-AIMLTRAINING".parse()?;
/// assert_eq!(term, DataMining::ProhibitedAiMlTraining);
/// assert_eq!(term.address(), "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING");
/// # Ok::<(), confounder::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DataMining {
    /// Nothing is said.
    Unspecified,
    /// Allowed.
    Allowed,
    /// Prohibited for training of generative models.
    ProhibitedGenAiMlTraining,
    /// Prohibited for training of any model. The default of the command line.
    ProhibitedAiMlTraining,
    /// Prohibited but for indexing by search engines.
    ProhibitedExceptSearchEngineIndexing,
    /// Prohibited.
    Prohibited,
    /// Prohibited, see `plus:OtherConstraints`.
    ProhibitedSeeConstraint,
}

impl DataMining {
    /// Every term that can be written.
    pub const ALL: [Self; 7] = [
        Self::Unspecified,
        Self::Allowed,
        Self::ProhibitedGenAiMlTraining,
        Self::ProhibitedAiMlTraining,
        Self::ProhibitedExceptSearchEngineIndexing,
        Self::Prohibited,
        Self::ProhibitedSeeConstraint,
    ];

    /// The term: `DMI-PROHIBITED-AIMLTRAINING` and so on.
    #[must_use]
    pub fn term(self) -> &'static str {
        match self {
            Self::Unspecified => "DMI-UNSPECIFIED",
            Self::Allowed => "DMI-ALLOWED",
            Self::ProhibitedGenAiMlTraining => "DMI-PROHIBITED-GENAIMLTRAINING",
            Self::ProhibitedAiMlTraining => "DMI-PROHIBITED-AIMLTRAINING",
            Self::ProhibitedExceptSearchEngineIndexing => {
                "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING"
            }
            Self::Prohibited => "DMI-PROHIBITED",
            Self::ProhibitedSeeConstraint => "DMI-PROHIBITED-SEECONSTRAINT",
        }
    }

    /// The term's whole address, as it stands in files.
    #[must_use]
    pub fn address(self) -> String {
        format!("{VOCABULARY}{}", self.term())
    }

    /// How much a term forbids; terms that nothing is known of, and those that refer to a text, stay as they are.
    fn weight(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::Allowed => 1,
            Self::ProhibitedGenAiMlTraining => 2,
            Self::ProhibitedAiMlTraining => 3,
            Self::ProhibitedExceptSearchEngineIndexing => 4,
            Self::Prohibited => 5,
            Self::ProhibitedSeeConstraint => 6,
        }
    }

    /// Whether this term may take the place of what a file says.
    pub(super) fn outweighs(self, said: &str) -> bool {
        Self::from_str(said).is_ok_and(|said| self.weight() > said.weight())
    }
}

impl FromStr for DataMining {
    type Err = Error;

    /// Reads a term or its address; `InvalidOptions` naming the terms that there are.
    fn from_str(text: &str) -> Result<Self, Error> {
        let term = text.trim();
        let term = term.strip_prefix(VOCABULARY).unwrap_or(term);
        let mut all = Self::ALL.into_iter();
        all.find(|value| value.term().eq_ignore_ascii_case(term))
            .ok_or_else(|| {
                let terms = Self::ALL.map(Self::term).join(", ");
                Error::new(
                    ErrorKind::InvalidOptions,
                    format!(
                        "{text:?} is no term of the PLUS data mining vocabulary; there are {terms}"
                    ),
                )
            })
    }
}

impl fmt::Display for DataMining {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.term())
    }
}

impl Serialize for DataMining {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.term())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_read_with_and_without_their_address() {
        for value in DataMining::ALL {
            for text in [value.term().to_owned(), value.address()] {
                assert_eq!(text.parse::<DataMining>().ok(), Some(value));
            }
        }
        let error = "DMI-PERHAPS"
            .parse::<DataMining>()
            .map_err(|e| e.to_string());
        assert!(error.is_err_and(|message| message.contains("DMI-PERHAPS")));
    }

    #[test]
    fn nothing_takes_the_place_of_more() {
        let training = DataMining::ProhibitedAiMlTraining;
        assert!(training.outweighs(&DataMining::Allowed.address()));
        assert!(training.outweighs(" DMI-UNSPECIFIED "));
        for said in [
            training,
            DataMining::Prohibited,
            DataMining::ProhibitedSeeConstraint,
        ] {
            assert!(!training.outweighs(&said.address()), "{said}");
        }
        assert!(!training.outweighs("http://example.org/other"));
    }
}
