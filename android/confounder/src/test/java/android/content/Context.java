package android.content;

/** Stands in for Android's class in tests on the JVM. */
public class Context {
    public Context getApplicationContext() {
        return this;
    }

    public ContentResolver getContentResolver() {
        return null;
    }
}
