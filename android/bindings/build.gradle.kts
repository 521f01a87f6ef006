// What `cargo run -p confounder-package -- android` made: UniFFI's Kotlin and the native libraries.
plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.android)
}

android {
    namespace = "dev.confounder.bindings"
    compileSdk = 34
    defaultConfig {
        minSdk = 26
        consumerProguardFiles("consumer-rules.pro")
        ndk { abiFilters += listOf("arm64-v8a", "x86_64") }
    }
    sourceSets["main"].apply {
        kotlin.srcDir("build/generated/confounder/kotlin")
        jniLibs.srcDir("build/generated/confounder/jniLibs")
    }
}

kotlin { jvmToolchain(17) }

dependencies {
    api(libs.jna) { artifact { type = "aar" } }
    implementation(libs.coroutines.core)
}
