import Confounder
import PhotosUI
import SwiftUI

/// Protects a photo that a person picks, and shows what it did.
struct PhotosPickerExample: View {
    @State private var picked: PhotosPickerItem?
    @State private var protected: Data?
    @State private var status = "Pick a photo"

    var body: some View {
        VStack {
            Text(status)
            PhotosPicker("Pick a photo", selection: $picked, matching: .images)
        }
        // A new choice cancels what is still under way for the last.
        .task(id: picked) { await protect() }
    }

    private func protect() async {
        guard let picked else { return }
        do {
            guard let photo = try await picked.loadTransferable(type: Data.self) else { return }
            let confounder = try await Confounder.open()
            protected = try await confounder.protect(imageData: photo)
            status = "Protected"
        } catch is CancellationError {
            status = "Cancelled"
        } catch {
            status = error.localizedDescription
        }
    }
}
