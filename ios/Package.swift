// swift-tools-version: 6.0
import Foundation
import PackageDescription

/// The native library that releases point to: where it is and its checksum, both written by the packaging command.
let release: (url: String, checksum: String)? = nil

/// How the native library comes into the package: an XCFramework beside it (`CONFOUNDER_XCFRAMEWORK`, a path relative to
/// this folder), else that of the release, else a library that the linker finds by itself (for work on the SDK).
let native: Target =
    if let path = ProcessInfo.processInfo.environment["CONFOUNDER_XCFRAMEWORK"] {
        .binaryTarget(name: "ConfounderFFI", path: path)
    } else if let release {
        .binaryTarget(name: "ConfounderFFI", url: release.url, checksum: release.checksum)
    } else {
        .systemLibrary(name: "ConfounderFFI")
    }

let package = Package(
    name: "Confounder",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [.library(name: "Confounder", targets: ["Confounder"])],
    targets: [
        native,
        // What UniFFI writes; see the packaging command.
        .target(name: "ConfounderBindings", dependencies: ["ConfounderFFI"]),
        .target(
            name: "Confounder",
            dependencies: ["ConfounderBindings", "ConfounderFFI"],
            resources: [.copy("PrivacyInfo.xcprivacy")]
        ),
        .testTarget(
            name: "ConfounderTests",
            dependencies: ["Confounder"],
            exclude: ["Stubs"]
        ),
    ],
    swiftLanguageModes: [.v6]
)
