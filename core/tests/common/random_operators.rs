//! One operator after the other, drawn at random: each takes the last picture and gives a new one.

use super::*;

impl Draw {
    pub(super) fn convolution(&mut self, name: &str, [c, h, w]: [i64; 3]) -> Picture {
        let kernel = self.pick(&[1, 3, 3, 3, 5]);
        let stride = if h > 4 && w > 4 {
            self.pick(&[1, 1, 2])
        } else {
            1
        };
        let dilation = if kernel == 3 {
            self.pick(&[1, 1, 2])
        } else {
            1
        };
        let reach = (kernel - 1) * dilation + 1;
        let pad = reach / 2;
        let (group, outputs) = match self.range(0, 4) {
            0 => (c, c),
            1 if c % 2 == 0 => (2, 2 * self.range(1, 5)),
            _ => (1, self.range(1, 12)),
        };
        let size = 1.7 / ((c / group * kernel * kernel) as f32).sqrt();
        let weights = self.floats(&[outputs, c / group, kernel, kernel], size);
        let mut inputs = vec![name.to_owned(), weights];
        if self.range(0, 2) > 0 {
            inputs.push(self.floats(&[outputs], 0.3));
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let attributes = vec![
            ints("kernel_shape", &[kernel, kernel]),
            ints("strides", &[stride, stride]),
            ints("dilations", &[dilation, dilation]),
            ints("pads", &[pad, pad, pad, pad]),
            int("group", group),
        ];
        let side = |side: i64| (side + 2 * pad - reach) / stride + 1;
        (
            self.add("Conv", &inputs, attributes),
            [outputs, side(h), side(w)],
        )
    }

    pub(super) fn transposed_convolution(&mut self, name: &str, [c, h, w]: [i64; 3]) -> Picture {
        let (kernel, stride, pad) = if h <= 20 && w <= 20 {
            self.pick(&[(2, 2, 0), (4, 2, 1), (3, 1, 1), (3, 2, 1)])
        } else {
            (3, 1, 1)
        };
        let outputs = self.range(1, 9);
        let size = 1.7 / ((c * kernel * kernel / (stride * stride)) as f32).sqrt();
        let weights = self.floats(&[c, outputs, kernel, kernel], size);
        let bias = self.floats(&[outputs], 0.3);
        let attributes = vec![
            ints("kernel_shape", &[kernel, kernel]),
            ints("strides", &[stride, stride]),
            ints("pads", &[pad, pad, pad, pad]),
        ];
        let side = |side: i64| (side - 1) * stride + kernel - 2 * pad;
        let name = self.add("ConvTranspose", &[name, &weights, &bias], attributes);
        (name, [outputs, side(h), side(w)])
    }

    pub(super) fn pool(&mut self, name: &str, [c, h, w]: [i64; 3]) -> Picture {
        let (kernel, stride, pad) = self.pick(&[(2, 2, 0), (3, 1, 1), (2, 1, 0), (3, 2, 1)]);
        let mut attributes = vec![
            ints("kernel_shape", &[kernel, kernel]),
            ints("strides", &[stride, stride]),
            ints("pads", &[pad, pad, pad, pad]),
        ];
        let op = self.pick(&["MaxPool", "AveragePool"]);
        if op == "AveragePool" {
            attributes.push(int(
                "count_include_pad",
                self.noise.next().is_sign_negative().into(),
            ));
        }
        let side = |side: i64| (side + 2 * pad - kernel) / stride + 1;
        (self.add(op, &[name], attributes), [c, side(h), side(w)])
    }

    pub(super) fn resize(&mut self, name: &str, [c, h, w]: [i64; 3]) -> Picture {
        let coordinates = self.pick(&["half_pixel", "asymmetric", "align_corners"]);
        let mode = self.pick(&["nearest", "linear"]);
        let rounding = self.pick(&["floor", "round_prefer_floor"]);
        let attributes = vec![
            text("mode", mode),
            text("coordinate_transformation_mode", coordinates),
            text("nearest_mode", rounding),
        ];
        let (down, across) = (self.pick(&[1, 2]), self.pick(&[1, 2]));
        let name = if self.range(0, 1) == 0 {
            let scales = self.name();
            let numbers = [1.0, 1.0, down as f32, across as f32];
            self.constants.push(constant(&scales, &[4], &numbers));
            self.add("Resize", &[name, "", &scales], attributes)
        } else {
            let sizes = self.integers(&[1, c, down * h, across * w]);
            self.add("Resize", &[name, "", "", &sizes], attributes)
        };
        (name, [c, down * h, across * w])
    }

    /// With another picture of the same sides.
    pub(super) fn arithmetic(&mut self, name: &str, sides: [i64; 3]) -> Picture {
        let op = self.pick(&["Add", "Sub", "Mul", "Add"]);
        let other = self.like(|a, b| a == b);
        let other = other.map_or(name.to_owned(), |picture| picture.0);
        (self.add(op, &[name, &other], vec![]), sides)
    }

    pub(super) fn with_number(&mut self, name: &str, sides: [i64; 3]) -> Picture {
        let op = self.pick(&["Add", "Sub", "Mul", "Div"]);
        let size = self.noise.next();
        let number = self.number(1.2 + size);
        let inputs = if op != "Div" && self.range(0, 1) == 0 {
            [number.as_str(), name]
        } else {
            [name, number.as_str()]
        };
        (self.add(op, &inputs, vec![]), sides)
    }

    /// With one number, or one computed value, per channel.
    pub(super) fn per_channel(&mut self, name: &str, sides: [i64; 3]) -> Picture {
        let other = match self.range(0, 2) {
            0 => self.add("GlobalAveragePool", &[name], vec![]),
            1 => self.floats(&[1, sides[0], 1, 1], 1.0),
            _ => {
                let flat = self.floats(&[sides[0]], 1.0);
                let axes = self.integers(&[0, 2, 3]);
                self.add("Unsqueeze", &[&flat, &axes], vec![])
            }
        };
        let op = self.pick(&["Add", "Sub", "Mul"]);
        let inputs = if self.range(0, 1) == 0 {
            [name, other.as_str()]
        } else {
            [other.as_str(), name]
        };
        (self.add(op, &inputs, vec![]), sides)
    }

    pub(super) fn concat(&mut self, name: &str, [c, h, w]: [i64; 3]) -> Picture {
        let other = self.like(|a, b| a[1..] == b[1..]);
        let (other, more) = other.map_or((name.to_owned(), c), |picture| (picture.0, picture.1[0]));
        let inputs = if self.range(0, 1) == 0 {
            [name, other.as_str()]
        } else {
            [other.as_str(), name]
        };
        (
            self.add("Concat", &inputs, vec![int("axis", 1)]),
            [c + more, h, w],
        )
    }

    pub(super) fn pad(&mut self, name: &str, [c, h, w]: [i64; 3]) -> Picture {
        let mode = self.pick(&["constant", "edge", "reflect"]);
        let (top, left) = (self.range(0, 2).min(h - 1), self.range(0, 2).min(w - 1));
        let pads = self.integers(&[0, 0, top, left, 0, 0, 1.min(h - 1), 1.min(w - 1)]);
        let fill = self.number(0.25);
        let inputs = [name, pads.as_str(), fill.as_str()];
        let inputs = if mode == "constant" {
            &inputs[..]
        } else {
            &inputs[..2]
        };
        let name = self.add("Pad", inputs, vec![text("mode", mode)]);
        (name, [c, h + top + 1.min(h - 1), w + left + 1.min(w - 1)])
    }

    pub(super) fn slice(&mut self, name: &str, [c, h, w]: [i64; 3]) -> Picture {
        let (starts, ends) = (
            self.integers(&[1, 0]),
            self.integers(&[-1, i32::MAX.into()]),
        );
        // tract 0.23.9 takes every second column before a softmax along the rows where this stands behind it.
        let step = if self.nodes.iter().any(|node| node.op_type == "Softmax") {
            1
        } else {
            2
        };
        let (axes, steps) = (self.integers(&[2, 3]), self.integers(&[1, step]));
        let name = self.add("Slice", &[name, &starts, &ends, &axes, &steps], vec![]);
        (name, [c, h - 2, (w + step - 1) / step])
    }

    /// Reshaped to rows and back again.
    pub(super) fn there_and_back(&mut self, name: &str, [c, h, w]: [i64; 3]) -> Picture {
        let flat = match self.range(0, 2) {
            0 => self.add("Flatten", &[name], vec![int("axis", 2)]),
            1 => {
                let axes = self.integers(&[0]);
                self.add("Squeeze", &[name, &axes], vec![])
            }
            _ => {
                let shape = self.integers(&[c, -1]);
                self.add("Reshape", &[name, &shape], vec![])
            }
        };
        let flat = if self.range(0, 1) == 0 {
            self.add("Tanh", &[&flat], vec![])
        } else {
            flat
        };
        let shape = self.integers(&[1, c, h, w]);
        (self.add("Reshape", &[&flat, &shape], vec![]), [c, h, w])
    }

    /// The mean over some axes, spread over the picture again.
    pub(super) fn mean(&mut self, name: &str, [c, h, w]: [i64; 3]) -> Picture {
        let axes: &[i64] = self.pick(&[&[2, 3][..], &[1], &[3], &[1, 2, 3]]);
        let mean = if self.opset < 18 {
            self.add(
                "ReduceMean",
                &[name],
                vec![ints("axes", axes), int("keepdims", 1)],
            )
        } else {
            let axes = self.integers(axes);
            self.add("ReduceMean", &[name, &axes], vec![int("keepdims", 1)])
        };
        let shape = self.integers(&[1, c, h, w]);
        let spread = self.add("Expand", &[&mean, &shape], vec![]);
        (self.add("Sub", &[name, &spread], vec![]), [c, h, w])
    }
}
