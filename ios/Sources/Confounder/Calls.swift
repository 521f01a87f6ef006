import ConfounderBindings
import Dispatch

/// Is told of the stages of a call, on the thread that does the work, at most 20 times a second. What it throws ends the
/// call, which then throws that.
public typealias StageHandler = @Sendable (Stage) throws -> Void

/// What goes with one call.
struct Call: Sendable {
    let token: CancelToken
    let listener: Listener?
}

/// Keeps what the app's own code threw, so that the app gets that and not a copy of its message.
final class Listener: ProgressListener, @unchecked Sendable {
    let handler: StageHandler
    /// Written and read on the thread of the call, or after it has ended.
    private(set) var thrown: (any Error)?

    init(_ handler: @escaping StageHandler) {
        self.handler = handler
    }

    func onStage(stage: Stage) throws {
        do {
            try handler(stage)
        } catch {
            thrown = error
            throw ConfounderError.ListenerFailed(reason: String(describing: error))
        }
    }
}

/// Runs native work on a queue; cancelling the task cancels the token at once.
func call<Value: Sendable>(
    _ onStage: StageHandler? = nil,
    _ work: @escaping @Sendable (Call) throws -> Value
) async throws -> Value {
    let call = Call(token: CancelToken(), listener: onStage.map(Listener.init))
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global(qos: .userInitiated).async {
                continuation.resume(with: Result { try ended(call, work) })
            }
        }
    } onCancel: {
        call.token.cancel()
    }
}

/// Runs native work here; errors become Swift's where Swift has its own.
func ended<Value>(_ call: Call, _ work: (Call) throws -> Value) throws -> Value {
    do {
        return try work(call)
    } catch ConfounderError.Cancelled {
        throw CancellationError()
    } catch let failure as ConfounderError {
        if case .ListenerFailed = failure, let thrown = call.listener?.thrown {
            throw thrown
        }
        throw failure
    }
}
