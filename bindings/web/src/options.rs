//! The options of a call, as JSON.

use confounder::{Credentials, JpegMethod, MetadataPolicy, ProtectOptions, Strength};
use js_sys::Function;
use serde::Deserialize;
use wasm_bindgen::JsValue;

use crate::error::{invalid_options, thrown};

/// What `ProtectOptions` of the package's types may hold.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Options {
    strength: Option<f32>,
    metadata: Metadata,
    remove_credentials: bool,
    quality: Option<u8>,
    jpeg: Jpeg,
    tint_gray: bool,
    repeat: bool,
    max_pixels: Option<u64>,
    data_mining: Option<String>,
}

#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Metadata {
    #[default]
    Keep,
    Private,
    Strip,
}

#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Jpeg {
    #[default]
    Auto,
    Coefficients,
    Pixels,
}

impl Options {
    /// The options that a JSON object says.
    ///
    /// # Errors
    /// `invalid-options` for a name or a value that is not known.
    pub(crate) fn read(json: &str) -> Result<Self, JsValue> {
        Self::parse(json).map_err(|message| invalid_options(&message))
    }

    fn parse(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|e| format!("the options are not understood: {e}"))
    }

    /// The core's options; `on_stage` is called with the name of every stage.
    ///
    /// # Errors
    /// `invalid-options` for a strength out of its range.
    pub(crate) fn of_core(&self, on_stage: Option<Function>) -> Result<ProtectOptions, JsValue> {
        let mut options = ProtectOptions::new();
        if let Some(strength) = self.strength {
            options.strength = Strength::new(strength).map_err(|e| thrown(&e))?;
        }
        options.metadata = match self.metadata {
            Metadata::Keep => MetadataPolicy::Keep,
            Metadata::Private => MetadataPolicy::Private,
            Metadata::Strip => MetadataPolicy::Strip,
        };
        options.jpeg = match self.jpeg {
            Jpeg::Auto => JpegMethod::Auto,
            Jpeg::Coefficients => JpegMethod::Coefficients,
            Jpeg::Pixels => JpegMethod::Reencode,
        };
        if self.remove_credentials {
            options.credentials = Credentials::Remove;
        }
        if let Some(pixels) = self.max_pixels {
            options.limits.max_pixels = pixels;
        }
        if let Some(term) = &self.data_mining {
            options.data_mining = Some(term.parse().map_err(|e| thrown(&e))?);
        }
        options.quality = self.quality;
        options.tint_gray = self.tint_gray;
        options.repeat = self.repeat;
        Ok(match on_stage {
            Some(hook) => options.on_stage(move |stage| {
                let name = format!("{stage:?}").to_lowercase();
                // A listener that throws changes nothing about the photo.
                let _ = hook.call1(&JsValue::NULL, &JsValue::from(name));
                std::ops::ControlFlow::Continue(())
            }),
            None => options,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn nothing_said_is_the_default_of_the_core() {
        let options = Options::parse("{}")
            .and_then(|options| options.of_core(None).map_err(|_| "out of range".to_owned()));
        let default = ProtectOptions::new();
        assert_eq!(
            options.map(|o| (o.strength, o.metadata, o.quality, o.limits)),
            Ok((
                default.strength,
                default.metadata,
                default.quality,
                default.limits
            ))
        );
    }

    #[test]
    fn what_is_not_known_is_named() {
        for (json, word) in [
            (r#"{"strenght": 1}"#, "strenght"),
            (r#"{"metadata": "none"}"#, "none"),
            (r#"{"jpeg": "best"}"#, "best"),
            (r#"{"quality": 300}"#, "300"),
        ] {
            let error = Options::parse(json).map(|_| ()).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }
}
