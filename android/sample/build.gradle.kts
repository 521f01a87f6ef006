plugins {
    alias(libs.plugins.android.application)
    alias(libs.plugins.kotlin.android)
}

android {
    namespace = "dev.confounder.sample"
    compileSdk = 34
    defaultConfig {
        applicationId = "dev.confounder.sample"
        // Adds photos to the gallery without a permission.
        minSdk = 29
        targetSdk = 34
        versionCode = 1
        versionName = "0.1.0"
    }
    buildTypes {
        release {
            isMinifyEnabled = true
            proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"))
        }
    }
}

kotlin { jvmToolchain(17) }

dependencies {
    implementation(project(":confounder"))
    implementation(libs.coroutines.android)
}
