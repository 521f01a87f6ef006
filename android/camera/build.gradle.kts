// In a module of its own, so that an app without CameraX does not get it.
plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.android)
}

android {
    namespace = "dev.confounder.camera"
    compileSdk = 34
    defaultConfig { minSdk = 26 }
}

kotlin {
    jvmToolchain(17)
    explicitApi()
}

dependencies {
    api(project(":confounder"))
    compileOnly(libs.camera.core)
}
