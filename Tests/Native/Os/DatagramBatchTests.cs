using System;
using System.Net;
using System.Net.Sockets;
using Slungd.Native.Memory;
using Slungd.Native.Os;
using Xunit;

namespace Slungd.Tests.Native.Os;

public class DatagramBatchTests
{
    [Fact]
    public void ManyAreReceivedInTheirOrder()
    {
        using Socket receiver = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        receiver.Blocking = false;
        receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using Socket sender = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        sender.Connect(receiver.LocalEndPoint!);
        ByteBudget budget = new(16 << 20);
        using (DatagramBatch batch = DatagramBatch.TryCreate(budget)!)
        {
            Assert.Equal(0, batch.Receive(receiver));
            for (int round = 0; round < 3; round++)
            {
                for (int i = 0; i < DatagramBatch.Capacity + 2; i++) sender.Send(new byte[i]);
                Assert.Equal(DatagramBatch.Capacity, batch.Receive(receiver));
                for (int i = 0; i < DatagramBatch.Capacity; i++)
                    Assert.Equal((i, false), (batch[i].Length, batch.IsCut(i)));
                Assert.Equal(2, batch.Receive(receiver));
                Assert.Equal(DatagramBatch.Capacity + 1, batch[1].Length);
            }
            sender.Send([7, .. new byte[65_505], 9]);
            Assert.Equal(1, batch.Receive(receiver));
            Assert.Equal((65_507, 7, 9), (batch[0].Length, batch[0][0], batch[0][^1]));
        }
        Assert.Equal(0, budget.Used);
        Assert.Null(DatagramBatch.TryCreate(new ByteBudget(1000)));
    }
}
