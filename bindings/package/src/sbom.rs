//! A bill of materials in CycloneDX 1.6, in JSON.

use serde_json::{Value, json};

use crate::Result;
use crate::metadata::Package;

/// The bill; the same bytes for the same crates.
pub(crate) fn write(packages: &[Package]) -> Result<String> {
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": {
            "type": "library",
            "bom-ref": "confounder",
            "name": "confounder",
            "version": env!("CARGO_PKG_VERSION"),
        } },
        "components": packages.iter().map(component).collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&bill)
        .map(|text| text + "\n")
        .map_err(|e| e.to_string())
}

fn component(package: &Package) -> Value {
    let url = format!("pkg:cargo/{}@{}", package.name, package.version);
    let mut component = json!({
        "type": "library",
        "bom-ref": &url,
        "name": package.name,
        "version": package.version,
        "purl": &url,
    });
    if let Some(licence) = &package.license {
        // Some old crates write a slash for "or".
        component["licenses"] = json!([{ "expression": licence.replace('/', " OR ") }]);
    }
    if let Some(repository) = &package.repository {
        component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
    }
    component
}
