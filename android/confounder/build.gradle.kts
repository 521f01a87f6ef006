plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.android)
}

android {
    namespace = "dev.confounder"
    compileSdk = 36
    defaultConfig {
        minSdk = 26
        consumerProguardFiles("consumer-rules.pro")
        ndk { abiFilters += listOf("arm64-v8a", "x86_64") }
    }
    // What `cargo run -p confounder-package -- android` made: the bindings and the native libraries.
    sourceSets["main"].apply {
        kotlin.srcDir("build/generated/confounder/kotlin")
        jniLibs.srcDir("build/generated/confounder/jniLibs")
    }
}

kotlin {
    jvmToolchain(17)
    explicitApi()
}

dependencies {
    api(libs.coroutines.core)
    testImplementation(libs.junit)
    testImplementation(libs.kotlin.test)
}
